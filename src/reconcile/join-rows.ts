/** From stored joins to what planning knows of them, seen from one of their two circuits. */
import {
  joinPrefixesOf,
  joinsFrom,
  joinsOfCircuit,
  otherCircuitIdOf,
  peerPeeringIdOf,
  privatePeeringIdOf,
} from "../domain/circuit-joins.ts";
import { at, numberAt, sameId, textAt } from "../domain/fields.ts";
import { joinOptionsOf } from "../domain/join-options.ts";
import { parentOfId } from "../domain/resource-id.ts";
import { type Carriage, edgesOf, type JoinView } from "../plan/circuit-view.ts";
import type { StoredResource, StoreReader } from "../store/store.ts";

type Other = { readonly circuit: StoredResource; readonly carriage: Carriage | undefined };

/** `otherOf` reads the circuit at the far end and how it is carried. */
export async function joinViews(
  reader: StoreReader,
  circuitId: string,
  otherOf: (circuitId: string) => Promise<Other | undefined>,
): Promise<readonly JoinView[]> {
  const joins = (await joinsOfCircuit(reader, circuitId)).filter(stays);
  const views = await Promise.all(
    joins.map(async (join) =>
      joinView(join, circuitId, await otherOf(otherCircuitIdOf(join, circuitId))),
    ),
  );
  return views.filter((view) => view !== undefined);
}

function joinView(
  join: StoredResource,
  circuitId: string,
  other: Other | undefined,
): JoinView | undefined {
  const number = numberAt(join.assigned, "number");
  if (number === undefined || other?.carriage === undefined) return undefined;
  return {
    id: join.id,
    number,
    isMaker: sameId(parentOfId(join.parentId ?? ""), circuitId),
    peerServiceKey: textAt(other.circuit.assigned, "serviceKey") ?? "",
    peerEdges: edgesOf(other.carriage),
    options: joinOptionsOf(at(join.desired, "properties.causeway")),
    networks: joinPrefixesOf(join.desired["properties"]).map(({ prefix }) => prefix),
  };
}

/** The joins that were made at a circuit, with the circuit at the other end of each. */
export async function joinsMadeAt(
  reader: StoreReader,
  circuitId: string,
): Promise<readonly { readonly join: StoredResource; readonly otherId: string }[]> {
  const joins = await joinsFrom(reader, privatePeeringIdOf(circuitId));
  return joins.map((join) => ({ join, otherId: parentOfId(peerPeeringIdOf(join)) }));
}

function stays({ provisioningState }: StoredResource): boolean {
  return provisioningState !== "Deleting";
}
