/** What the sessions of gateways say of connections: told on the connection when it changes. */
import { numberAt } from "../domain/fields.ts";
import { gatewayIdOf } from "../domain/links.ts";
import { types } from "../domain/types.ts";
import { SIDES } from "../fabric/intent.ts";
import type { Report } from "../fabric/report.ts";
import { gatewayVrf } from "../plan/names.ts";
import { INSTANCES, tunnelPeer } from "../plan/tunnel.ts";
import type { Store, StoredResource } from "../store/store.ts";
import { SessionChanges } from "./session-changes.ts";

export type ConnectionStatus = "Connected" | "NotConnected";

/** Looks at connections only when a session of a gateway on the node has changed. */
export class ConnectionWatch {
  readonly #store: Store;
  /** Of gateways' instances: `g3-0 169.254.0.2`. */
  readonly #sessions = new SessionChanges(/^g\d+-[01]$/);

  constructor(store: Store) {
    this.#store = store;
  }

  async note(report: Report): Promise<void> {
    const changed = this.#sessions.note(report);
    if (changed.size === 0) return;
    for (const connection of await this.#store.list({ type: types.connection })) {
      const places = await this.#placesOf(connection);
      if (!places.some((place) => changed.has(place))) continue;
      const isUp = places.some((place) => this.#sessions.isUp(place));
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
      SIDES.map(
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
