/** Which peerings a route filter is attached to, in either family. */
import type { StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

export async function attachedTo(
  reader: StoreReader,
  filterId: string,
): Promise<readonly StoredResource[]> {
  return reader.list({ type: types.peering, referring: filterId });
}

/** Where it is, edges have to follow what is changed. */
export async function isAttached(reader: StoreReader, filterId: string): Promise<boolean> {
  return (await attachedTo(reader, filterId)).length > 0;
}
