/** What a change would ask of the nodes: its scopes planned in its own transaction, and compared with the store. */
import type { OwnedFragment } from "../plan/plan.ts";
import type { Store, StoreWriter } from "../store/store.ts";
import type { ReconcileContext } from "./outcome.ts";
import { planWithin } from "./scope.ts";

export type NodeChange = {
  readonly node: string;
  readonly fragment: string;
  readonly change: "added" | "changed" | "removed";
};

export async function rehearse(
  context: ReconcileContext,
  writer: StoreWriter,
  scopes: readonly string[],
): Promise<readonly NodeChange[]> {
  const wanted = new Map<string, readonly OwnedFragment[]>();
  for (const scope of scopes) await planWithin(context, noting(writer, wanted), scope);
  const next = new Map([...wanted.values()].flat().map((one) => [keyOf(one), one]));
  const held = await heldBy(context, new Set(wanted.keys()));
  const changes: NodeChange[] = [];
  for (const [key, { node, fragment }] of next) {
    const before = held.get(key);
    if (before !== undefined && JSON.stringify(before.fragment) === JSON.stringify(fragment))
      continue;
    changes.push({
      node,
      fragment: fragment.key,
      change: before === undefined ? "added" : "changed",
    });
  }
  for (const [key, { node, fragment }] of held) {
    if (!next.has(key)) changes.push({ node, fragment: fragment.key, change: "removed" });
  }
  return changes;
}

/** The same writer, which also says whose fragments it was given. */
function noting(writer: StoreWriter, wanted: Map<string, readonly OwnedFragment[]>): StoreWriter {
  return new Proxy(writer, {
    get(target, property) {
      if (property === "replaceFragments") {
        return (owner: string, fragments: readonly OwnedFragment[]) => {
          wanted.set(owner, fragments);
          return target.replaceFragments(owner, fragments);
        };
      }
      const member: unknown = Reflect.get(target, property, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** What those owners want of all nodes by what is committed. */
async function heldBy(
  { store, inventory }: { store: Store; inventory: ReconcileContext["inventory"] },
  owners: ReadonlySet<string>,
): Promise<ReadonlyMap<string, OwnedFragment>> {
  const held = new Map<string, OwnedFragment>();
  for (const { name: node } of inventory.nodes) {
    const own = (await store.fragmentOwners(node)).filter(({ owner }) => owners.has(owner));
    if (own.length === 0) continue;
    const keys = new Set(own.map(({ key }) => key));
    const change = await store.intentChange(node, 0);
    for (const fragment of change?.upserts ?? []) {
      if (keys.has(fragment.key)) held.set(keyOf({ node, fragment }), { node, fragment });
    }
  }
  return held;
}

function keyOf({ node, fragment }: OwnedFragment): string {
  return `${node} ${fragment.key}`;
}
