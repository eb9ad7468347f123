import type { OwnedFragment } from "../plan/plan.ts";
import type { NodeGeneration, StoredResource, StoreWriter } from "../store/store.ts";
import type { PlannedPart } from "./outcome.ts";

/** An owner's fragments as they now stand in the store, and the generations that carry them. */
export type Replaced = {
  readonly needs: readonly NodeGeneration[];
  readonly fragments: readonly OwnedFragment[];
};

export async function replace(
  writer: StoreWriter,
  owner: string,
  fragments: readonly OwnedFragment[],
): Promise<Replaced> {
  return { needs: await writer.replaceFragments(owner, fragments), fragments };
}

/** What hangs on those fragments: the newest generation of each node counts. */
export function part(
  replaced: readonly (Replaced | undefined)[],
  resources: readonly StoredResource[],
): PlannedPart {
  const parts = replaced.filter((one) => one !== undefined);
  const newest = new Map<string, number>();
  for (const { node, generation } of parts.flatMap(({ needs }) => needs))
    newest.set(node, Math.max(generation, newest.get(node) ?? 0));
  return {
    needs: [...newest].map(([node, generation]) => ({ node, generation })),
    keys: parts.flatMap(({ fragments }) =>
      fragments.map(({ node, fragment }) => ({ node, key: fragment.key })),
    ),
    resources,
  };
}
