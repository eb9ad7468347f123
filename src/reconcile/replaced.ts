import type { OwnedFragment } from "../plan/plan.ts";
import type { NodeGeneration, StoreWriter } from "../store/store.ts";

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
