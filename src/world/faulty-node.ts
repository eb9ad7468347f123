/** A node that can be made to hang, to fail some fragments, or to be unreadable. */
import type { Intent } from "../fabric/intent.ts";
import type { FabricNode, FragmentResult } from "../fabric/report.ts";

export class FaultyNode implements FabricNode {
  readonly name: string;
  readonly #node: FabricNode;
  #thawed: Promise<void> | undefined;
  #thaw: () => void = () => {};
  #failure: { readonly key: string; readonly reason: string } | undefined;
  #unreadable: string | undefined;

  constructor(node: FabricNode) {
    this.name = node.name;
    this.#node = node;
  }

  get generation(): number {
    return this.#node.generation;
  }

  /** From now on nothing that it is asked ends, until it thaws. */
  freeze(): void {
    this.#thawed ??= new Promise((resolve) => {
      this.#thaw = resolve;
    });
  }

  thaw(): void {
    this.#thaw();
    this.#thawed = undefined;
  }

  /** Fragments whose key contains `key` fail with this reason; none without arguments. */
  fail(key?: string, reason = "the driver refused it"): void {
    this.#failure = key === undefined ? undefined : { key, reason };
  }

  /** Cannot be read, for this reason; can be again without one. */
  darken(reason?: string): void {
    this.#unreadable = reason;
  }

  async converge(intent: Intent, signal: AbortSignal): Promise<readonly FragmentResult[]> {
    await this.#ready(signal);
    const results = await this.#node.converge(intent, signal);
    const failure = this.#failure;
    if (failure === undefined) return results;
    return results.map((result) =>
      result.key.includes(failure.key)
        ? { key: result.key, state: "failed", error: failure.reason }
        : result,
    );
  }

  async observe(signal: AbortSignal) {
    await this.#ready(signal);
    return this.#node.observe(signal);
  }

  async routes(vrf: string, signal: AbortSignal) {
    await this.#ready(signal);
    return this.#node.routes(vrf, signal);
  }

  async #ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#thawed !== undefined) {
      const aborted = new Promise((resolve) => {
        signal.addEventListener("abort", resolve, { once: true });
      });
      await Promise.race([this.#thawed, aborted]);
      signal.throwIfAborted();
    }
    if (this.#unreadable !== undefined) throw new Error(this.#unreadable);
  }
}
