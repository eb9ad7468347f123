/** What was last read of each namespace of a node. */
import type { Clock } from "../base/clock.ts";
import type { NamespaceState } from "./netns/state.ts";

/**
 * A VRF that was read so lately is not read again for an observation: with the check against drift every 4 s
 * all is within the 5 s of I5. A node's own namespace, with its ports, is read each time.
 */
const freshMs = 3_000;
/** A node may have hundreds of VRFs, and while orders come an observation comes every second. */
const atOnceMax = 32;

export class Readings {
  readonly #clock: Clock;
  readonly #held = new Map<string, { readonly at: number; readonly state: NamespaceState }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(name: string): NamespaceState | undefined {
    return this.#held.get(name)?.state;
  }

  has(name: string): boolean {
    return this.#held.has(name);
  }

  /** Which of `names` to read for an observation: the never read, then the longest unread. */
  due(names: readonly string[]): string[] {
    const now = this.#clock.now();
    const at = (name: string) => this.#held.get(name)?.at ?? Number.NEGATIVE_INFINITY;
    return names
      .filter((name) => now - at(name) >= freshMs)
      .sort((one, other) => at(one) - at(other))
      .slice(0, atOnceMax);
  }

  put(name: string, state: NamespaceState): void {
    this.#held.set(name, { at: this.#clock.now(), state });
  }

  /** It was changed, or is gone: what was read of it no longer holds. */
  forget(name: string): void {
    this.#held.delete(name);
  }

  keepOnly(names: readonly string[]): void {
    const kept = new Set(names);
    for (const name of this.#held.keys()) if (!kept.has(name)) this.#held.delete(name);
  }

  states(): Map<string, NamespaceState> {
    return new Map([...this.#held].map(([name, { state }]) => [name, state]));
  }
}
