/** What became of a node's BGP and BFD sessions between two of its reports, and whose they are. */
import { numberAt, textAt } from "../domain/fields.ts";
import type { StateEvent } from "../domain/state-event.ts";
import { types } from "../domain/types.ts";
import type { Report, SessionObservation } from "../fabric/report.ts";
import { circuitVrf, gatewayVrf, publicVrf } from "../plan/names.ts";
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
    const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((place) => {
      const change = changeOf(before.get(place), after.get(place));
      const { vrf = "", address = "" } = after.get(place) ?? before.get(place) ?? {};
      return change === undefined ? [] : [{ vrf, data: { node, vrf, address, ...change } }];
    });
    const owners = await this.#ownersOf(new Set(changes.map(({ vrf }) => vrf)));
    return changes.map(({ vrf, data }) => ({
      ...{ kind: "session" as const, resourceId: owners.get(vrf) ?? "" },
      data,
    }));
  }

  /** To be told when the report and its events are stored: what could not be stored is told again. */
  remember({ node, observation }: Report): void {
    if (observation !== undefined) this.#last.set(node, byPlace(observation.sessions));
  }

  /** What belongs to the fabric itself, or to what is gone, belongs to nobody. */
  async #ownersOf(vrfs: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    for (const vrf of vrfs) {
      const known = this.#owners.get(vrf);
      // A gateway's number is given again once it is gone, a service key never.
      const isKnown =
        known === "" || (known !== undefined && (await this.#store.read(known)) !== undefined);
      if (isKnown) continue;
      // One look is for all of them: with hundreds of new circuits, one for each would take long.
      const owners = await ownersIn(this.#store);
      for (const one of vrfs) if (!owners.has(one)) owners.set(one, "");
      this.#owners = owners;
      break;
    }
    return this.#owners;
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
  const isSame =
    before?.bfd === after?.bfd &&
    phaseOf(before) === phaseOf(after) &&
    fullnessOf(before) === fullnessOf(after);
  if (isSame && !isReset) return undefined;
  return {
    ...(before === undefined ? {} : { before: stateOf(before) }),
    ...(after === undefined ? {} : { after: stateOf(after) }),
    ...(isReset ? { reset: true } : {}),
  };
}

/** On its way up, a session goes through the other states over and over: that is no news. */
function phaseOf(session: SessionObservation | undefined): "none" | "up" | "down" {
  if (session === undefined) return "none";
  return session.state === "Established" ? "up" : "down";
}

/** How near its limits a session is; each prefix more or less is no news. */
function fullnessOf(session: SessionObservation | undefined): string {
  return Object.entries(session?.prefixLimits ?? {})
    .filter(([, { level }]) => level !== "normal")
    .map(([family, { level, discarded }]) => `${family} ${level} ${discarded > 0}`)
    .sort()
    .join();
}

function stateOf({ state, bfd, remoteAsn, prefixLimits = {} }: SessionObservation): JsonObject {
  const near = Object.entries(prefixLimits).filter(([, { level }]) => level !== "normal");
  return {
    ...{ state, remoteAsn },
    ...(bfd === undefined ? {} : { bfd }),
    ...(near.length === 0 ? {} : { prefixLimits: Object.fromEntries(near) }),
  };
}

/** Circuits and gateways by their VRFs. */
async function ownersIn(reader: StoreReader): Promise<Map<string, string>> {
  const owners = new Map<string, string>();
  for (const { id, assigned } of await reader.list({ type: types.circuit })) {
    const key = textAt(assigned, "serviceKey");
    if (key === undefined) continue;
    owners.set(circuitVrf(key), id);
    owners.set(publicVrf(key), id);
  }
  for (const { id, assigned } of await reader.list({ type: types.gateway })) {
    const number = numberAt(assigned, "number") ?? -1;
    for (const instance of [0, 1] as const) owners.set(gatewayVrf(number, instance), id);
  }
  return owners;
}
