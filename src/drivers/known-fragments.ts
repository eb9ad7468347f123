import type { Fragment } from "../fabric/intent.ts";

type Known = { readonly text: string; readonly fragment: Fragment };

/**
 * The fragments of a node by what they say: one that says what it said before is the same object again. So what was
 * computed from it is kept with it (`base/per-object.ts`), and an order costs what it changes, not what the node holds.
 */
export class KnownFragments {
  #known: ReadonlyMap<string, Known> = new Map();
  #applied: ReadonlySet<Fragment> = new Set();

  recognised(fragments: readonly Fragment[]): readonly Fragment[] {
    const known = fragments.map((fragment): Known => {
      const text = JSON.stringify(fragment);
      const there = this.#known.get(fragment.key);
      return there?.text === text ? there : { text, fragment };
    });
    this.#known = new Map(known.map((each) => [each.fragment.key, each]));
    return known.map(({ fragment }) => fragment);
  }

  /** Those that the node has become, as far as it could. */
  keep(fragments: readonly Fragment[]): void {
    this.#applied = new Set(fragments);
  }

  /** Of recognised ones: those that say something else than what the node has become. */
  changed(fragments: readonly Fragment[]): readonly Fragment[] {
    return fragments.filter((fragment) => !this.#applied.has(fragment));
  }
}
