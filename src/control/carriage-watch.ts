/** What nodes say that they cannot carry of a customer's own ports: told on the port when it changes. */
import { objectAt, sameJson } from "../domain/fields.ts";
import { types } from "../domain/types.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { Report } from "../fabric/report.ts";
import { portKey } from "../plan/plan.ts";
import { directPorts } from "../reconcile/network-rows.ts";
import type { Json, JsonObject, Store, StoredResource } from "../store/store.ts";

/** Looks at ports only when a node says something else than before. */
export class CarriageWatch {
  readonly #store: Store;
  readonly #inventory: Inventory;
  /** Of each node, its reasons by fragment. Lost with the process: the next report is news then. */
  readonly #last = new Map<string, string>();

  constructor(store: Store, inventory: Inventory) {
    this.#store = store;
    this.#inventory = inventory;
  }

  async note({ node, fragments }: Report): Promise<void> {
    const reasons = new Map(
      fragments.flatMap(({ key, notCarried }) =>
        notCarried === undefined ? [] : [[key, notCarried] as const],
      ),
    );
    const print = JSON.stringify([...reasons]);
    if (this.#last.get(node) === print) return;
    const changed = (port: StoredResource) => this.#said(port, node, reasons) !== undefined;
    for (const { id } of (await this.#store.list({ type: types.port })).filter(changed))
      await this.#tell(id, node, reasons);
    this.#last.set(node, print);
  }

  async #tell(id: string, node: string, reasons: ReadonlyMap<string, string>): Promise<void> {
    await this.#store.transaction(async (writer) => {
      const port = await writer.read(id);
      const said = port && this.#said(port, node, reasons);
      if (port === undefined || said === undefined) return;
      const observed = { ...port.observed, macSecNotCarried: said };
      await writer.putResource({ ...port, observed });
    });
  }

  /** What is said of the port's links from now on; undefined where that is as it was. */
  #said(
    port: StoredResource,
    node: string,
    reasons: ReadonlyMap<string, string>,
  ): JsonObject | undefined {
    const held = objectAt(port.observed, "macSecNotCarried");
    const said: Record<string, Json> = { ...held };
    for (const end of directPorts(this.#inventory, port)) {
      if (end.node !== node) continue;
      const reason = reasons.get(portKey(end.port));
      if (reason === undefined) delete said[end.link];
      else said[end.link] = reason;
    }
    return sameJson(said, held) ? undefined : said;
  }
}
