/** Which prefixes a circuit reaches, so that nothing that overlaps them is joined to it. */
import { joinPrefixesAt, type ReachedPrefix } from "./circuit-joins.ts";
import { sameId } from "./fields.ts";
import { spokesOf } from "./gateway-transit.ts";
import { hubPrefixesAt } from "./hub-links.ts";
import { linksOfCircuit, peerPrefixesOf, spacesOf } from "./links.ts";
import type { StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

/** Of its peerings, networks, joins and hubs, less those of the one that is asked about. */
export async function reachedBy(
  reader: StoreReader,
  circuit: StoredResource,
  exceptId: string,
): Promise<readonly ReachedPrefix[]> {
  const peerings = await reader.list({ type: types.peering, parentId: circuit.id });
  const links = await linksOfCircuit(reader, circuit.id);
  const joined = links.flatMap(({ network }) => network ?? []);
  const spokes = await Promise.all(joined.map((network) => spokesOf(reader, network)));
  const networks = [...joined, ...spokes.flat()];
  const isOther = ({ id }: StoredResource) => !sameId(id, exceptId);
  return [
    ...peerings.filter(isOther).flatMap(({ name, desired }) =>
      peerPrefixesOf(desired["properties"]).map(({ prefix }) => ({
        prefix,
        of: `peering ${name}`,
      })),
    ),
    ...networks
      .filter(isOther)
      .flatMap((network) =>
        spacesOf(network).map((prefix) => ({ prefix, of: `virtual network ${network.name}` })),
      ),
    ...(await joinPrefixesAt(reader, circuit.id, exceptId)),
    ...(await hubPrefixesAt(reader, circuit.id, exceptId)),
  ];
}
