import { z } from "zod";
import type { HandOff } from "../fabric/inventory.ts";
import { type ArmError, conflict, refuse } from "./errors.ts";
import { defined, numberAt, objectAt, sameId, textAt } from "./fields.ts";
import {
  bandwidthMbpsOf,
  circuitOfCrossConnection,
  type ProviderState,
  providerStates,
  stateOf,
} from "./links.ts";
import { findPair, peering } from "./peering.ts";
import {
  type Candidate,
  defineResource,
  type Grant,
  propertiesOf,
  type View,
  type WriteView,
} from "./resource.ts";
import { resourceId } from "./resource-id.ts";
import type { JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";
import { oneOf, Reference, Text } from "./values.ts";

const CrossConnectionBody = z.strictObject({
  properties: z.strictObject(
    {
      serviceProviderProvisioningState: oneOf(providerStates),
      serviceProviderNotes: Text.max(1_000, {
        error: "must be at most 1,000 characters",
      }).optional(),
      expressRouteCircuit: Reference.optional(),
      /** Causeway's own: the provider's hand-off to this customer, by its name in the inventory. */
      handOff: Text.optional(),
    },
    { error: "must be an object" },
  ),
});

type Body = z.infer<typeof CrossConnectionBody>;

/**
 * The circuit as its provider sees it. The row is made with the circuit and goes with it; its
 * peerings are the circuit's own.
 */
export const crossConnection = defineResource({
  type: types.crossConnection,
  tracked: true,
  made: true,
  schema: CrossConnectionBody,
  ignored: [
    "properties.primaryAzurePort",
    "properties.secondaryAzurePort",
    "properties.sTag",
    "properties.peeringLocation",
    "properties.bandwidthInMbps",
    "properties.peerings",
  ],
  embedded: [
    { field: "peerings", type: types.peering, written: false, under: "expressRouteCircuit.id" },
  ],
  kept: ["properties.serviceProviderNotes"],
  filled: ["properties.serviceProviderProvisioningState"],
  normalise(body, previous) {
    const { handOff: _, ...held } = objectAt(previous?.desired, "properties");
    return { ...body, properties: { ...held, ...objectAt(body, "properties") } };
  },
  refusals,
  assign,
  stored({ properties: { handOff: _, ...properties } }) {
    // A body is JSON: the schema read it from JSON.
    return { properties: properties as unknown as JsonObject };
  },
  async reconciled() {
    return true;
  },
  properties: crossConnectionProperties,
});

/** The row that stands beside a new circuit, in the provider's subscription. */
export function newCrossConnection(circuit: StoredResource, grant: Grant): StoredResource {
  const serviceKey = textAt(circuit.assigned, "serviceKey") ?? "";
  const offer = objectAt(circuit.desired, "properties.serviceProviderProperties");
  const place = textAt(offer, "peeringLocation");
  const serviceProvider = textAt(offer, "serviceProviderName");
  const resourceGroup = `CrossConnection-${(place ?? "").replaceAll(" ", "")}`;
  const { providerSubscriptionId: subscriptionId, now } = grant;
  const type = types.crossConnection;
  return {
    id: resourceId({ subscriptionId, resourceGroup, type, names: [serviceKey] }),
    type,
    name: serviceKey,
    subscriptionId,
    resourceGroup,
    ...(circuit.location === undefined ? {} : { location: circuit.location }),
    desired: {
      properties: {
        serviceProviderProvisioningState: "NotProvisioned",
        expressRouteCircuit: { id: circuit.id },
      },
    },
    assigned: defined({ serviceKey, serviceProvider, expressRouteCircuit: { id: circuit.id } }),
    observed: {},
    provisioningState: "Succeeded",
    etag: grant.uuid(),
    generation: 1,
    createdAt: now,
    updatedAt: now,
  };
}

/** Which states may follow which; a state may always be repeated. */
const transitions: Readonly<Record<ProviderState, readonly ProviderState[]>> = {
  NotProvisioned: ["Provisioning", "Provisioned"],
  Provisioning: ["Provisioned", "Deprovisioning", "NotProvisioned"],
  Provisioned: ["Deprovisioning", "NotProvisioned"],
  Deprovisioning: ["NotProvisioned", "Provisioned"],
};

async function* refusals(candidate: Candidate<Body>, view: WriteView): AsyncGenerator<ArmError> {
  const { previous } = view;
  if (previous === undefined) return;
  const asked = candidate.body.properties;
  const state = asked.serviceProviderProvisioningState;
  const held = stateOf(previous);
  if (state !== held && !transitions[held].includes(state)) {
    yield conflict(
      "StateTransitionInvalid",
      "properties.serviceProviderProvisioningState",
      `properties.serviceProviderProvisioningState is refused: ${state} cannot follow ${held}; send ${[held, ...transitions[held]].join(", ")}.`,
    );
  }
  const circuitId = textAt(previous.assigned, "expressRouteCircuit.id");
  const circuitAsked = asked.expressRouteCircuit?.id;
  if (circuitAsked !== undefined && !sameId(circuitAsked, circuitId)) {
    yield refuse(
      "ImmutableField",
      "properties.expressRouteCircuit.id",
      `properties.expressRouteCircuit.id is refused: the cross connection belongs to ${circuitId}; leave it out.`,
    );
  }
  yield* deprovisionRefusals(previous, { state, held }, view);
  yield* handOffRefusals(asked.handOff, { state, previous }, view);
}

/** What the provider configured itself, it takes away before it lets go of the circuit. */
async function* deprovisionRefusals(
  previous: StoredResource,
  { state, held }: { state: ProviderState; held: ProviderState },
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  const lettingGo = state === "Deprovisioning" || state === "NotProvisioned";
  if (!lettingGo || state === held) return;
  const parentId = textAt(previous.assigned, "expressRouteCircuit.id") ?? "";
  for (const row of await reader.list({ type: types.peering, parentId })) {
    if (textAt(row.assigned, "lastModifiedBy") !== "Provider") continue;
    yield conflict(
      "ConflictError",
      "properties.serviceProviderProvisioningState",
      `properties.serviceProviderProvisioningState is refused: ${state} needs the provider's own peerings gone, and ${row.name} is there; delete it first.`,
    );
  }
}

const holdsHandOff = (state: ProviderState) => state !== "NotProvisioned";

async function* handOffRefusals(
  name: string | undefined,
  { state, previous }: { state: ProviderState; previous: StoredResource },
  view: WriteView,
): AsyncGenerator<ArmError> {
  const target = "properties.handOff";
  const held = textAt(previous.assigned, "handOff");
  if (name === held && name !== undefined) return;
  const there = handOffsOf(await circuitOfCrossConnection(view.reader, previous), view);
  if (name === undefined) {
    if (held !== undefined || state !== "Provisioned" || there.length === 0) return;
    if ((await firstFree(there, view)) !== undefined) return;
    yield conflict(
      "HandOffUnavailable",
      target,
      `${target} is refused: every hand-off at this location is in use by another circuit; deprovision one, or add one to the inventory.`,
    );
  } else if (!holdsHandOff(state)) {
    yield refuse(
      "HandOffUnavailable",
      target,
      `${target} is refused: a circuit that is ${state} has no hand-off; send "${name}" with Provisioning or Provisioned.`,
    );
  } else if (held !== undefined) {
    yield conflict(
      "HandOffUnavailable",
      target,
      `${target} is refused: the circuit is handed off at "${held}"; set NotProvisioned before it goes to "${name}".`,
    );
  } else if (!there.some((one) => one.name === name)) {
    yield refuse(
      "HandOffUnavailable",
      target,
      `${target} is refused: the provider has no hand-off "${name}" at this location; ${await choiceOf(there, view)}.`,
    );
  } else if (!(await isFree(name, view))) {
    yield conflict(
      "HandOffUnavailable",
      target,
      `${target} is refused: "${name}" is in use by another circuit; ${await choiceOf(there, view)}.`,
    );
  }
}

function handOffsOf(circuit: StoredResource | undefined, { inventory }: View): readonly HandOff[] {
  const offer = objectAt(circuit?.desired, "properties.serviceProviderProperties");
  const provider = inventory.providers.find(({ name }) => name === offer["serviceProviderName"]);
  return provider?.handOffs.filter((one) => one.peeringLocation === offer["peeringLocation"]) ?? [];
}

/** Names of hand-offs differ over all providers. */
async function isFree(handOff: string, { reader }: View): Promise<boolean> {
  return (await reader.list({ type: types.crossConnection, handOff, limit: 1 })).length === 0;
}

async function firstFree(handOffs: readonly HandOff[], view: View): Promise<string | undefined> {
  for (const { name } of handOffs) if (await isFree(name, view)) return name;
  return undefined;
}

async function choiceOf(handOffs: readonly HandOff[], view: View): Promise<string> {
  const free: string[] = [];
  for (const { name } of handOffs) if (await isFree(name, view)) free.push(name);
  return free.length === 0 ? "none is free here" : `choose ${free.join(", ")}`;
}

async function assign(candidate: Candidate<Body>, grant: Grant): Promise<JsonObject> {
  const { previous } = grant;
  if (previous === undefined) return {};
  const { handOff: held, ...kept } = previous.assigned;
  const state = candidate.body.properties.serviceProviderProvisioningState;
  if (!holdsHandOff(state)) return kept;
  const asked = held ?? candidate.body.properties.handOff;
  if (asked !== undefined || state !== "Provisioned") return defined({ ...kept, handOff: asked });
  const there = handOffsOf(await circuitOfCrossConnection(grant.reader, previous), grant);
  return defined({ ...kept, handOff: await firstFree(there, grant) });
}

async function crossConnectionProperties(
  resource: StoredResource,
  view: View,
): Promise<JsonObject> {
  const circuit = await circuitOfCrossConnection(view.reader, resource);
  const parentId = circuit?.id ?? "";
  const peerings = await view.reader.list({ type: types.peering, parentId });
  const pair = findPair(view, textAt(circuit?.assigned, "portPair"));
  return defined({
    ...objectAt(resource.desired, "properties"),
    handOff: textAt(resource.assigned, "handOff"),
    primaryAzurePort: pair?.primary,
    secondaryAzurePort: pair?.secondary,
    sTag: numberAt(circuit?.assigned, "stag"),
    peeringLocation: textAt(
      circuit?.desired,
      "properties.serviceProviderProperties.peeringLocation",
    ),
    bandwidthInMbps: circuit === undefined ? undefined : bandwidthMbpsOf(circuit),
    peerings: await Promise.all(peerings.map((row) => providerPeering(resource, row, view))),
  });
}

/** A circuit's peering with the names of the provider's side. */
export async function providerPeering(
  crossConnectionRow: StoredResource,
  row: StoredResource,
  view: View,
): Promise<JsonObject> {
  // Which circuits and hubs the customer joins is none of the provider's business.
  const {
    connections: _,
    peeredConnections: __,
    expressRouteConnection: ___,
    ...shown
  } = await propertiesOf(peering, row, view);
  return {
    id: `${crossConnectionRow.id}/peerings/${row.name}`,
    name: row.name,
    type: `${types.crossConnection}/peerings`,
    etag: `W/"${row.etag}"`,
    properties: shown,
  };
}
