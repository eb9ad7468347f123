/** What the sessions of gateways say of connections: told on the connection when it changes. */
import { numberAt } from "../domain/fields.ts";
import { gatewayIdOf } from "../domain/links.ts";
import { types } from "../domain/types.ts";
import type { Report, SessionObservation } from "../fabric/report.ts";
import { gatewayVrf } from "../plan/names.ts";
import { INSTANCES, tunnelPeer } from "../plan/tunnel.ts";
import type { Store, StoredResource } from "../store/store.ts";

export type ConnectionStatus = "Connected" | "NotConnected";

/** Looks at connections only when a session of a gateway on the node has changed. */
export class ConnectionWatch {
  readonly #store: Store;
  /** For how long each session of a gateway is up, by node: `g3-0 169.254.0.2`. */
  readonly #last = new Map<string, Sessions>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** A report without an observation says nothing of sessions. */
  async note({ node, observation }: Report): Promise<void> {
    if (observation === undefined) return;
    const before: Sessions = this.#last.get(node) ?? new Map();
    const after = sessionsUp(observation.sessions);
    const changed = new Set(
      [...before.keys(), ...after.keys()].filter((one) => isOther(before.get(one), after.get(one))),
    );
    this.#last.set(node, after);
    if (changed.size === 0) return;
    for (const connection of await this.#store.list({ type: types.connection })) {
      const places = await this.#placesOf(connection);
      if (!places.some((place) => changed.has(place))) continue;
      const isUp = places.some((place) => after.get(place) !== undefined);
      await this.#tell(connection, isUp ? "Connected" : "NotConnected");
    }
  }

  /** Where its four sessions are, as the gateway's instances name them. */
  async #placesOf(connection: StoredResource): Promise<readonly string[]> {
    const gateway = await this.#store.read(gatewayIdOf(connection));
    const number = numberAt(gateway?.assigned, "number");
    const block = numberAt(connection.assigned, "tunnelBlock");
    if (number === undefined || block === undefined) return [];
    return INSTANCES.flatMap((instance) =>
      (["primary", "secondary"] as const).map(
        (side) =>
          `${gatewayVrf(number, instance)} ${tunnelPeer("gateway", { block, instance, side })}`,
      ),
    );
  }

  async #tell({ id, observed }: StoredResource, connectionStatus: ConnectionStatus): Promise<void> {
    if (observed["connectionStatus"] === connectionStatus) return;
    await this.#store.transaction(async (writer) => {
      const held = await writer.read(id);
      if (held === undefined) return;
      await writer.putResource({ ...held, observed: { ...held.observed, connectionStatus } });
    });
  }
}

/** Seconds; undefined while it is down. */
type Sessions = ReadonlyMap<string, number | undefined>;

/** Up for less long than before: it was down in between, and may be of another connection by now. */
function isOther(before: number | undefined, after: number | undefined): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return after < before;
}

function sessionsUp(sessions: readonly SessionObservation[]): Sessions {
  return new Map(
    sessions
      .filter(({ vrf }) => /^g\d+-[01]$/.test(vrf))
      .map(({ vrf, address, state, uptimeSeconds = 0 }) => [
        `${vrf} ${address}`,
        state === "Established" ? uptimeSeconds : undefined,
      ]),
  );
}
