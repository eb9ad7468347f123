/** What became of a node's BGP and BFD sessions between two of its reports, and whose they are. */
import { numberAt, textAt } from "../domain/fields.ts";
import type { StateEvent } from "../domain/state-event.ts";
import { types } from "../domain/types.ts";
import type { Report, SessionObservation } from "../fabric/report.ts";
import { circuitVrf, gatewayVrf } from "../plan/names.ts";
import type { JsonObject, Store, StoreReader } from "../store/store.ts";

type Sessions = ReadonlyMap<string, SessionObservation>;

/** Remembers each node's sessions; what it does not remember it reads from the node's last report. */
export class SessionWatch {
  readonly #store: Store;
  readonly #last = new Map<string, Sessions>();
  /** Of VRFs that were asked about: with thousands of circuits, to look for one takes long. */
  #owners: ReadonlyMap<string, string> = new Map();

  constructor(store: Store) {
    this.#store = store;
  }

  /** A report without an observation says nothing of sessions. */
  async eventsOf({ node, observation }: Report): Promise<readonly StateEvent[]> {
    if (observation === undefined) return [];
    const before = this.#last.get(node) ?? sessionsOf(await this.#store.readReport(node));
    const after = byPlace(observation.sessions);
    const events: StateEvent[] = [];
    for (const place of new Set([...before.keys(), ...after.keys()])) {
      const change = changeOf(before.get(place), after.get(place));
      if (change === undefined) continue;
      const { vrf = "", address = "" } = after.get(place) ?? before.get(place) ?? {};
      const resourceId = await this.#ownerOf(vrf);
      events.push({ kind: "session", resourceId, data: { node, vrf, address, ...change } });
    }
    this.#last.set(node, after);
    return events;
  }

  /** What belongs to the fabric itself, or to what is gone, belongs to nobody. */
  async #ownerOf(vrf: string): Promise<string> {
    const known = this.#owners.get(vrf);
    // A gateway's number is given again once it is gone, a service key never.
    if (known !== undefined && (known === "" || (await this.#store.read(known)) !== undefined))
      return known;
    const owners = await ownersIn(this.#store);
    if (!owners.has(vrf)) owners.set(vrf, "");
    this.#owners = owners;
    return owners.get(vrf) ?? "";
  }
}

function sessionsOf(report: Report | undefined): Sessions {
  return byPlace(report?.observation?.sessions ?? []);
}

function byPlace(sessions: readonly SessionObservation[]): Sessions {
  return new Map(sessions.map((session) => [`${session.vrf} ${session.address}`, session]));
}

/** A session that came back between two reports is as old as that. */
function changeOf(
  before: SessionObservation | undefined,
  after: SessionObservation | undefined,
): JsonObject | undefined {
  const isReset =
    before?.state === "Established" &&
    after?.state === "Established" &&
    (after.uptimeSeconds ?? 0) < (before.uptimeSeconds ?? 0);
  if (before?.state === after?.state && before?.bfd === after?.bfd && !isReset) return undefined;
  return {
    ...(before === undefined ? {} : { before: stateOf(before) }),
    ...(after === undefined ? {} : { after: stateOf(after) }),
    ...(isReset ? { reset: true } : {}),
  };
}

function stateOf({ state, bfd, remoteAsn }: SessionObservation): JsonObject {
  return { state, remoteAsn, ...(bfd === undefined ? {} : { bfd }) };
}

/** Circuits and gateways by their VRFs. */
async function ownersIn(reader: StoreReader): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (const { id, assigned } of await reader.list({ type: types.circuit })) {
    const key = textAt(assigned, "serviceKey");
    if (key !== undefined) owners.set(circuitVrf(key), id);
  }
  for (const { id, assigned } of await reader.list({ type: types.gateway })) {
    const number = numberAt(assigned, "number") ?? -1;
    for (const instance of [0, 1] as const) owners.set(gatewayVrf(number, instance), id);
  }
  return owners;
}
