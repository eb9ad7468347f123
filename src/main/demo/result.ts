/** What the demo found for one variant: the shape of `--json`. */
import type { Side } from "../../fabric/intent.ts";

export type BySide<T> = Readonly<Record<Side, T>>;

export type VariantResult = {
  readonly name: string;
  readonly pass: boolean;
  readonly orderToFirstPacketMs: BySide<number | null>;
  readonly tags: BySide<{ readonly outer: number | null; readonly inner: number | null }>;
  readonly bgp: BySide<string>;
  readonly ping: { readonly ipv4LossPct: number; readonly ipv6LossPct: number };
  readonly throughputMbps: {
    readonly toCloud: number | null;
    readonly toOnPremises: number | null;
  };
  readonly linkSharePct: BySide<number | null>;
  readonly blackoutMs: { readonly linkDown: number | null; readonly silent: number | null };
  readonly leftovers: number;
  /** Each check that failed, and each figure that is absent with its reason. */
  readonly failures: readonly string[];
  readonly absent: readonly string[];
};

export type DemoResult = {
  readonly nodes: "linux" | "simulated";
  readonly variants: readonly VariantResult[];
  readonly elapsedMs: number;
};

/** Collects failures so that one failed check hides none of the others. */
export class Findings {
  readonly failures: string[] = [];
  readonly absent: string[] = [];

  check(holds: boolean, failure: string): void {
    if (!holds) this.failures.push(failure);
  }

  missing(what: string): void {
    this.absent.push(what);
  }
}
