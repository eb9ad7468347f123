/** Reading from one node, with its own words where that fails. */
import { messageOf } from "../base/cause.ts";
import { readoutUnavailable } from "../domain/errors.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { FabricNode } from "../fabric/report.ts";
import type { Store } from "../store/store.ts";

export type Sources = {
  readonly store: Store;
  readonly inventory: Inventory;
  readonly nodes: readonly FabricNode[];
};

export const READ_TIMEOUT_MS = 10_000;

export function nodeNamed({ nodes }: Sources, name: string): FabricNode {
  const node = nodes.find((candidate) => candidate.name === name);
  if (node !== undefined) return node;
  throw readoutUnavailable(`Node ${name} is not driven by this server.`);
}

export async function readFrom<T>(node: FabricNode, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const why = messageOf(error);
    throw readoutUnavailable(
      `${node.name} could not be read: ${why} Try again; 'causeway status' shows the node.`,
    );
  }
}
