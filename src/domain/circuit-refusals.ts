import { accessRefusal, ofPort } from "./authorization-use.ts";
import type { CircuitBody } from "./circuit.ts";
import {
  directBandwidths,
  directSaleableMbps,
  pairsAt,
  pairsWithRoom,
  saleableMbps,
  usedMbps,
} from "./circuit-capacity.ts";
import { joinDeleteRefusals, joinTierRefusals } from "./circuit-joins.ts";
import { circuitOptionsRefusals } from "./circuit-options.ts";
import { deleteFirst } from "./delete-first.ts";
import { type ArmError, conflict, immutableField, noCapacity, refuse } from "./errors.ts";
import { numberAt, sameId, textAt } from "./fields.ts";
import { hubDeleteRefusals, hubReachRefusals, linksUsed } from "./hub-links.ts";
import { limits, linksMax } from "./limits.ts";
import {
  connectionsOfCircuit,
  linksOfCircuit,
  peeringLocationOf,
  providerStateOf,
  reaches,
  tierOf,
} from "./links.ts";
import { prefixTierRefusals } from "./prefixes-in-use.ts";
import type { Candidate, DeleteView, WriteView } from "./resource.ts";
import type { StoredResource } from "./state.ts";
import { types } from "./types.ts";

type Circuit = Candidate<CircuitBody>;
const offer = "properties.serviceProviderProperties";

export async function* circuitRefusals(
  candidate: Circuit,
  view: WriteView,
): AsyncGenerator<ArmError> {
  const { serviceProviderProperties, expressRoutePort } = candidate.body.properties;
  if ((serviceProviderProperties === undefined) === (expressRoutePort === undefined)) {
    yield refuse(
      "InvalidParameter",
      "properties",
      "properties is refused: a circuit has either serviceProviderProperties (name, location and bandwidthInMbps) or expressRoutePort with bandwidthInGbps, and exactly one of them.",
    );
    return;
  }
  yield* skuRefusals(candidate, view);
  yield* circuitOptionsRefusals(
    candidate.body.properties.causeway,
    expressRoutePort !== undefined,
    view,
  );
  yield* immutableRefusals(candidate, view.previous);
  if (serviceProviderProperties !== undefined) yield* providerRefusals(candidate, view);
  if (expressRoutePort !== undefined) yield* directRefusals(candidate, view);
  if (view.previous === undefined) yield* countRefusals(candidate, view);
  else yield* linkRefusals(candidate, { ...view, previous: view.previous });
}

function* skuRefusals({ body }: Circuit, { previous }: WriteView): Generator<ArmError> {
  const { tier, family, name } = body.sku;
  const computed = `${tier}_${family}`;
  if (name !== undefined && name.toLowerCase() !== computed.toLowerCase()) {
    yield refuse(
      "SkuInvalid",
      "sku.name",
      `sku.name is refused: "${name}" does not agree with tier and family; send "${computed}" or leave it out.`,
    );
  }
  if (tier === "Local" && family !== "UnlimitedData") {
    yield refuse(
      "SkuInvalid",
      "sku.family",
      "sku.family is refused: a Local circuit is never metered; send UnlimitedData.",
    );
  }
  if (family === "MeteredData" && textAt(previous?.desired, "sku.family") === "UnlimitedData") {
    yield refuse(
      "SkuInvalid",
      "sku.family",
      "sku.family is refused: an UnlimitedData circuit cannot become MeteredData; send UnlimitedData, or make another circuit.",
    );
  }
}

const immutableFields = [
  "properties.serviceProviderProperties.serviceProviderName",
  "properties.serviceProviderProperties.peeringLocation",
  "properties.expressRoutePort.id",
] as const;

function* immutableRefusals(
  { body }: Circuit,
  previous: StoredResource | undefined,
): Generator<ArmError> {
  if (previous === undefined) return;
  for (const field of immutableFields) {
    const held = textAt(previous.desired, field);
    const asked = textAt(jsonOf(body), field);
    if (held === asked || sameId(held, asked)) continue;
    yield immutableField(field, { held: held ?? null, asked: asked ?? null });
  }
}

/** A body came from JSON; optional members are absent in it. */
function jsonOf(body: CircuitBody): StoredResource["desired"] {
  return body as unknown as StoredResource["desired"];
}

async function* providerRefusals({ body, id }: Circuit, view: WriteView): AsyncGenerator<ArmError> {
  const asked = body.properties.serviceProviderProperties;
  if (asked === undefined) return;
  const { serviceProviderName, peeringLocation, bandwidthInMbps } = asked;
  if (body.properties.bandwidthInGbps !== undefined) {
    yield refuse(
      "InvalidParameter",
      "properties.bandwidthInGbps",
      `properties.bandwidthInGbps is refused: a provider's circuit has its bandwidth in ${offer}.bandwidthInMbps; leave it out.`,
    );
  }
  if (body.properties.enableDirectPortRateLimit === true) {
    yield refuse(
      "InvalidParameter",
      "properties.enableDirectPortRateLimit",
      "properties.enableDirectPortRateLimit is refused: a provider's circuit is always held to its bandwidth; send false or leave it out.",
    );
  }
  if (body.properties.authorizationKey !== undefined) {
    yield refuse(
      "InvalidParameter",
      "properties.authorizationKey",
      "properties.authorizationKey is refused: it is for a circuit on a port of another subscription, and this one is a provider's; leave it out.",
    );
  }
  const provider = view.inventory.providers.find(({ name }) => name === serviceProviderName);
  if (provider === undefined) {
    const names = view.inventory.providers.map(({ name }) => `"${name}"`);
    yield refuse(
      "ProviderUnknown",
      `${offer}.serviceProviderName`,
      `${offer}.serviceProviderName is refused: there is no provider "${serviceProviderName}"; choose one of ${names.join(", ")}.`,
    );
    return;
  }
  if (!provider.bandwidthsMbps.includes(bandwidthInMbps)) {
    yield refuse(
      "BandwidthNotOffered",
      `${offer}.bandwidthInMbps`,
      `${offer}.bandwidthInMbps is refused: "${serviceProviderName}" does not offer ${bandwidthInMbps} Mbit/s; choose one of ${provider.bandwidthsMbps.join(", ")}.`,
    );
    return;
  }
  if (pairsAt(view, serviceProviderName, peeringLocation).length === 0) {
    const places = new Set(provider.portPairs.map((pair) => `"${pair.peeringLocation}"`));
    yield refuse(
      "ProviderUnknown",
      `${offer}.peeringLocation`,
      `${offer}.peeringLocation is refused: "${serviceProviderName}" is not at "${peeringLocation}"; choose one of ${[...places].join(", ")}.`,
    );
    return;
  }
  yield* roomRefusals(
    { provider: serviceProviderName, peeringLocation, bandwidthInMbps, id },
    view,
  );
}

async function* roomRefusals(
  asked: { provider: string; peeringLocation: string; bandwidthInMbps: number; id: string },
  view: WriteView,
): AsyncGenerator<ArmError> {
  const field = `${offer}.bandwidthInMbps`;
  const { provider, peeringLocation, bandwidthInMbps: bandwidthMbps } = asked;
  if (view.previous === undefined) {
    const room = await pairsWithRoom(view, { provider, peeringLocation, bandwidthMbps });
    if (room.length > 0) return;
    yield noCapacity(
      field,
      `${field} is refused: no port pair of "${provider}" at "${peeringLocation}" has ${bandwidthMbps} Mbit/s left; ask for less, or another location or provider.`,
    );
    return;
  }
  // A circuit does not move to another pair by itself, and less bandwidth always fits.
  const held = numberAt(view.previous.desired, `${offer}.bandwidthInMbps`) ?? 0;
  const name = textAt(view.previous.assigned, "portPair");
  const pair = pairsAt(view, provider, peeringLocation).find((one) => one.name === name);
  if (pair === undefined || bandwidthMbps <= held) return;
  const left = saleableMbps(pair) - (await usedMbps(view.reader, pair.name, asked.id));
  if (left >= bandwidthMbps) return;
  yield noCapacity(
    field,
    `${field} is refused: the circuit's port pair has ${left} Mbit/s for it and ${bandwidthMbps} were asked; ask for ${left} or less, or make another circuit and move.`,
  );
}

async function* directRefusals(
  { body, id, subscriptionId }: Circuit,
  view: WriteView,
): AsyncGenerator<ArmError> {
  const portId = body.properties.expressRoutePort?.id ?? "";
  const port = await view.reader.read(portId);
  const denied = await accessRefusal(ofPort, view, {
    subscriptionId,
    ownerId: portId,
    owner: port,
    key: body.properties.authorizationKey,
    target: "properties.expressRoutePort.id",
    asked: portId,
    held: textAt(view.previous?.assigned, "authorization.id"),
  });
  if (denied !== undefined) yield denied;
  if (denied !== undefined || port === undefined) return;
  if (port.provisioningState === "Deleting") {
    yield conflict(
      "AnotherOperationInProgress",
      "properties.expressRoutePort.id",
      `properties.expressRoutePort.id is refused: port ${port.name} is being deleted; name another port.`,
    );
  }
  const field = "properties.bandwidthInGbps";
  const gbps = body.properties.bandwidthInGbps;
  const allowed = directBandwidths(port);
  if (gbps === undefined || !allowed.includes(gbps)) {
    yield refuse(
      "BandwidthNotOffered",
      field,
      `${field} is refused: ${gbps ?? "nothing"} is not sold on port ${port.name}; choose one of ${allowed.join(", ")}.`,
    );
    return;
  }
  const pair = textAt(port.assigned, "portPair") ?? "";
  const saleable = directSaleableMbps(port);
  const leftGbps = (saleable - (await usedMbps(view.reader, pair, id))) / 1_000;
  if (leftGbps >= gbps) return;
  yield noCapacity(
    field,
    `${field} is refused: port ${port.name} has ${leftGbps} Gbit/s of its ${saleable / 1_000} left and ${gbps} were asked; ask for ${leftGbps} or less.`,
  );
}

async function* countRefusals(candidate: Circuit, view: WriteView): AsyncGenerator<ArmError> {
  const { subscriptionId, location } = candidate;
  const circuits = await view.reader.list({ type: types.circuit, subscriptionId });
  const inRegion = circuits.filter((circuit) => circuit.location === location).length;
  if (circuits.length >= limits.circuitsPerSubscription) {
    yield refuse(
      "LimitExceeded",
      "id",
      `Circuit ${candidate.name} is refused: the subscription has ${circuits.length} circuits and ${limits.circuitsPerSubscription} are allowed; delete one first.`,
    );
  }
  if (inRegion >= limits.circuitsPerRegion) {
    yield refuse(
      "LimitExceeded",
      "location",
      `location is refused: the subscription has ${inRegion} circuits in ${location} and ${limits.circuitsPerRegion} are allowed; choose another region or delete one.`,
    );
  }
}

/** What is linked must still be allowed after the change. */
async function* linkRefusals(
  { body, id }: Circuit,
  view: WriteView & { previous: StoredResource },
): AsyncGenerator<ArmError> {
  const links = await linksOfCircuit(view.reader, id);
  const { tier } = body.sku;
  const asked = body.properties;
  const mbps =
    asked.serviceProviderProperties?.bandwidthInMbps ?? (asked.bandwidthInGbps ?? 0) * 1_000;
  const most = linksMax(tier, mbps);
  const used = await linksUsed(view.reader, id);
  if (used > most) {
    yield refuse(
      "LimitExceeded",
      "sku.tier",
      `sku.tier is refused: ${used} virtual networks, circuits and hubs are linked and a ${tier} circuit of ${mbps} Mbit/s has ${most} links; delete ${used - most} connections first.`,
    );
  }
  if (tier !== tierOf(view.previous)) yield* prefixTierRefusals(id, tier, view.reader);
  const location = await peeringLocationOf(view, view.previous);
  yield* joinTierRefusals({ tier, location }, view);
  yield* hubReachRefusals({ tier, location }, view);
  for (const { connection, gateway } of links) {
    const region = gateway?.location ?? "";
    if (location === undefined || reaches(view.inventory, { tier, location }, region)) continue;
    yield refuse(
      "RegionOutOfReach",
      "sku.tier",
      `sku.tier is refused: ${connection.name} is linked in ${region}, which a ${tier} circuit at ${location.name} does not reach; delete that connection or send Premium.`,
    );
  }
}

/** Everything that stands in the way of deleting a circuit. */
export async function* circuitDeleteRefusals(
  circuit: StoredResource,
  view: DeleteView,
): AsyncGenerator<ArmError> {
  const { reader } = view;
  const state = await providerStateOf(reader, circuit);
  const provider = textAt(circuit.desired, `${offer}.serviceProviderName`);
  if (provider !== undefined && state !== "NotProvisioned") {
    yield conflict(
      "ConflictError",
      "properties.serviceProviderProvisioningState",
      `Circuit ${circuit.name} is ${state}: ask "${provider}" to deprovision it; at NotProvisioned it can be deleted.`,
    );
  }
  yield* deleteFirst(
    view,
    await connectionsOfCircuit(reader, circuit.id),
    (id) => `Circuit ${circuit.name} is linked by ${id}: delete that connection first.`,
  );
  yield* joinDeleteRefusals(`Circuit ${circuit.name}`, circuit.id, view);
  yield* hubDeleteRefusals(`Circuit ${circuit.name}`, circuit.id, view);
}
