import { type Random, seededRandom } from "../../src/base/random.ts";

/** Throws for a generator of cases: the same seed, the same throws. */
export class Dice {
  readonly #random: Random;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    const [a = 0, b = 0, c = 0] = this.#random.bytes(3);
    return least + ((a * 65_536 + b * 256 + c) % (most - least + 1));
  }

  chance(percent: number): boolean {
    return this.between(1, 100) <= percent;
  }

  oneOf<Item>(items: readonly Item[]): Item {
    return items[this.between(0, items.length - 1)] as Item;
  }

  someOf<Item>(items: readonly Item[], count: number): Item[] {
    const rest = [...items];
    return Array.from({ length: Math.min(count, items.length) }, () => {
      const [item] = rest.splice(this.between(0, rest.length - 1), 1);
      return item as Item;
    });
  }
}
