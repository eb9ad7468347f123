/** Which sessions of a kind of VRF came up or went down since a node's last report, and which are up now. */
import type { Report } from "../fabric/report.ts";

/** For how long each session is up, in seconds, by `VRF ADDRESS`; undefined while it is down. */
type Uptimes = ReadonlyMap<string, number | undefined>;

export class SessionChanges {
  readonly #ofVrf: RegExp;
  readonly #last = new Map<string, Uptimes>();

  /** `ofVrf` matches the names of the VRFs whose sessions count. */
  constructor(ofVrf: RegExp) {
    this.#ofVrf = ofVrf;
  }

  /** A report without an observation says nothing of sessions. */
  note({ node, observation }: Report): ReadonlySet<string> {
    if (observation === undefined) return new Set();
    const before: Uptimes = this.#last.get(node) ?? new Map();
    const after: Uptimes = new Map(
      observation.sessions
        .filter(({ vrf }) => this.#ofVrf.test(vrf))
        .map(({ vrf, address, state, uptimeSeconds = 0 }) => [
          `${vrf} ${address}`,
          state === "Established" ? uptimeSeconds : undefined,
        ]),
    );
    this.#last.set(node, after);
    const keys = [...before.keys(), ...after.keys()];
    return new Set(keys.filter((key) => isOther(before.get(key), after.get(key))));
  }

  /** On whichever node. */
  isUp(place: string): boolean {
    return [...this.#last.values()].some((uptimes) => uptimes.get(place) !== undefined);
  }
}

/** Up for less long than before: it was down in between, and may be another's by now. */
function isOther(before: number | undefined, after: number | undefined): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return after < before;
}
