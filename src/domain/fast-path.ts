/** FastPath: a connection whose edges reach machines past the gateway (`expressRouteGatewayBypass`). */
import { type ArmError, noCapacity, refuse } from "./errors.ts";
import { at, numberAt, objectAt, textAt } from "./fields.ts";
import { capacityOfGateway, skuOfGateway } from "./gateway-skus.ts";
import { isDirect } from "./links.ts";
import type { Grant, View } from "./resource.ts";
import { FAST_PATH_ROOMS, fullestRoom } from "./room.ts";
import type { JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";

const field = "properties.expressRouteGatewayBypass";

/** Ours: the tunnels of so many connections have addresses of their own inside a circuit's VRF. */
const fastPathsPerCircuit = 31;

/** Single addresses that an edge reaches so. source: about-fastpath.md, "IP address limits"; asOf 2026-11. */
const addressesMax = { provider: 25_000, direct10: 100_000, direct100: 200_000 } as const;

export function isFastPath({ desired }: StoredResource): boolean {
  return at(desired, field) === true;
}

/** `directGbps` is the size of the port pair, over all of its circuits; absent on a provider's circuit. */
export function fastPathAddressesMax(directGbps: number | undefined): number {
  if (directGbps === undefined) return addressesMax.provider;
  return directGbps >= 100 ? addressesMax.direct100 : addressesMax.direct10;
}

/** Circuits of a port pair share one limit, and another circuit has its own; and who is told of it. */
export function fastPathRoomOf(circuit: StoredResource): { of: string; resourceId: string } {
  const { id, assigned, desired } = circuit;
  if (!isDirect(circuit)) return { of: textAt(assigned, "serviceKey") ?? "", resourceId: id };
  const port = textAt(desired, "properties.expressRoutePort.id");
  return { of: textAt(assigned, "portPair") ?? "", resourceId: port ?? id };
}

/**
 * What a connection shows of it. While an edge has a session, single addresses may go by the gateway all the
 * same: those beyond the limit, and IPv6 where the circuit is not Direct.
 */
export function fastPathShown(
  { observed }: StoredResource,
  circuit: StoredResource | undefined,
): JsonObject {
  const told = objectAt(observed, "fastPath");
  if (textAt(told, "state") === undefined) return {};
  const addresses = fullestRoom(observed, FAST_PATH_ROOMS);
  const beyond = numberAt(addresses, "discarded") ?? 0;
  const isPartial = textAt(told, "state") === "Active" && beyond > 0;
  const limit = numberAt(addresses, "limit") ?? 0;
  const whose = circuit !== undefined && isDirect(circuit) ? "port pair" : "circuit";
  const partly = {
    state: "Partial",
    reason: `${beyond} addresses go by the gateway: the edges reach ${limit} of this ${whose} past it, and ${limit + beyond} are announced.`,
  };
  return {
    ...told,
    ...(isPartial ? partly : {}),
    families: circuit !== undefined && isDirect(circuit) ? ["ipv4", "ipv6"] : ["ipv4"],
    fallBacks: numberAt(observed, FALL_BACKS) ?? 0,
    ...(addresses === undefined ? {} : { addresses }),
  };
}

/** In what is observed of a connection: how often it fell back from FastPath to the gateway. */
export const FALL_BACKS = "fastPathFallBacks";

type Asked = {
  readonly virtualNetworkGateway1: { readonly id: string };
  readonly expressRouteGatewayBypass?: boolean | undefined;
};

export async function* fastPathRefusals(
  { virtualNetworkGateway1, expressRouteGatewayBypass }: Asked,
  { reader }: Pick<View, "reader">,
): AsyncGenerator<ArmError> {
  if (expressRouteGatewayBypass !== true) return;
  const gateway = await reader.read(virtualNetworkGateway1.id);
  if (gateway?.type !== types.gateway || capacityOfGateway(gateway).fastPath) return;
  yield refuse(
    "SkuInvalid",
    field,
    `${field} is refused: gateway ${gateway.name} is ${skuOfGateway(gateway)} and FastPath needs UltraPerformance, ErGw3AZ or ErGwScale of 10 units or more; make the gateway one of these first.`,
  );
}

/** Kept once given: what passes the gateway by again has the same addresses. */
export async function fastPathSlot(
  {
    id,
    body,
  }: {
    id: string;
    body: { properties: Asked & { readonly peer: { readonly id: string } } };
  },
  { writer }: Pick<Grant, "writer">,
): Promise<JsonObject> {
  const { expressRouteGatewayBypass, peer } = body.properties;
  if (expressRouteGatewayBypass !== true) return {};
  const slot = await writer.allocate({
    pool: `fastPaths:${peer.id.toLowerCase()}`,
    owner: id,
    from: 0,
    to: fastPathsPerCircuit - 1,
  });
  if (slot === undefined) {
    throw noCapacity(
      field,
      `No FastPath can be had: ${fastPathsPerCircuit} connections of the circuit have one; turn one off first.`,
    );
  }
  return { fastPathSlot: slot };
}
