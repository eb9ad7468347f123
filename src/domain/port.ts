import { z } from "zod";
import { invariant } from "../base/invariant.ts";
import type { Side } from "../fabric/intent.ts";
import { sitesOfLocation } from "../fabric/inventory.ts";
import { sumMbps } from "./circuit-capacity.ts";
import { deleteFirst } from "./delete-first.ts";
import {
  directFields,
  endsOf,
  freePairs,
  immutableDirectFields,
  immutableRefusals,
  type LinkName,
  linkNames,
  placeRefusal,
} from "./direct-pairs.ts";
import { type ArmError, conflict, noCapacity, refuse, throwAny } from "./errors.ts";
import { linkUnderTest } from "./failover.ts";
import { defined, listAt, objectAt, objectOf, textAt } from "./fields.ts";
import {
  type AskedLink,
  MacSecBody,
  macSecDefaults,
  macSecOf,
  macSecState,
  macSecStored,
} from "./mac-sec.ts";
import { findPair } from "./peering.ts";
import {
  type Candidate,
  type DeleteView,
  defineResource,
  type Grant,
  type View,
  type WriteView,
} from "./resource.ts";
import type { JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";
import { oneOf } from "./values.ts";

const AdminState = oneOf(["Enabled", "Disabled"]);
const PortBody = z.strictObject({
  properties: z.strictObject(
    {
      ...directFields,
      links: z
        .array(
          z.strictObject({
            name: oneOf(linkNames),
            properties: z
              .strictObject({
                adminState: AdminState.optional(),
                macSecConfig: MacSecBody.optional(),
              })
              .optional(),
          }),
          { error: "must be a list of links" },
        )
        .optional(),
    },
    { error: "must be an object" },
  ),
});

type Body = z.infer<typeof PortBody>;

/** A customer's own pair of ports at the two edges of a location. */
export const port = defineResource({
  type: types.port,
  tracked: true,
  schema: PortBody,
  standIns: { "properties.encapsulation": "QinQ" },
  ignored: [
    "identity",
    "properties.provisionedBandwidthInGbps",
    "properties.mtu",
    "properties.etherType",
    "properties.allocationDate",
    "properties.circuits",
    ...["id", "etag", "type"].map((field) => `properties.links.*.${field}`),
    ...[
      "routerName",
      "interfaceName",
      "patchPanelId",
      "rackId",
      "coloLocation",
      "connectorType",
      "causewayMacSec",
      "provisioningState",
    ].map((field) => `properties.links.*.properties.${field}`),
  ],
  refusals,
  assign,
  stored(body, previous) {
    const { links: _, billingType = "MeteredData", ...properties } = body.properties;
    return { properties: { ...properties, billingType, links: linksOf(body, previous) } };
  },
  deleteRefusals,
  async reconciled() {
    return true;
  },
  properties: portProperties,
  views: { links: linksView },
});

/** A link that a request does not name stays as it was; both begin Disabled. */
function linksOf(body: Body, previous: StoredResource | undefined): JsonObject[] {
  return linkNames.map((name) => {
    const asked = body.properties.links?.find((link) => link.name === name)?.properties;
    const held = previous === undefined ? undefined : adminStateOf(previous, name);
    const macSecConfig = macSecStored(name, asked?.macSecConfig, previous);
    const adminState = asked?.adminState ?? held ?? "Disabled";
    return { name, properties: defined({ adminState, macSecConfig }) };
  });
}

function macSecAsked({ links = [] }: Body["properties"]): AskedLink[] {
  return links.map(({ name, properties }, index) => ({
    name,
    at: `properties.links[${index}].properties.macSecConfig`,
    asked: properties?.macSecConfig,
  }));
}

function adminStateOf(row: StoredResource, link: LinkName): "Enabled" | "Disabled" {
  const found = listAt(row.desired, "properties.links").find((one) => textAt(one, "name") === link);
  return textAt(found, "properties.adminState") === "Enabled" ? "Enabled" : "Disabled";
}

async function* refusals(candidate: Candidate<Body>, view: WriteView): AsyncGenerator<ArmError> {
  const { previous } = view;
  const asked = candidate.body.properties;
  const names = asked.links?.map(({ name }) => name) ?? [];
  if (new Set(names).size !== names.length) {
    yield refuse(
      "InvalidLinks",
      "properties.links",
      `properties.links is refused: ${names.join(", ")} names a link twice; name link1 and link2 once each.`,
    );
  }
  const { subscriptionId } = candidate;
  const keys = await macSecOf(macSecAsked(asked), { view, subscriptionId, previous });
  yield* keys.refusals;
  if (previous !== undefined) {
    yield* immutableRefusals(previous, asked, immutableDirectFields);
    yield* testRefusals(candidate.body, { ...view, previous });
    return;
  }
  const misplaced = placeRefusal(view, asked.peeringLocation);
  if (misplaced !== undefined) yield misplaced;
  else if ((await freePairs(view, asked)).length === 0) {
    yield noCapacity(
      "properties.bandwidthInGbps",
      `properties.bandwidthInGbps is refused: no pair of ${asked.bandwidthInGbps} Gbit/s ports is free at "${asked.peeringLocation}"; choose another size or location.`,
    );
  }
}

/** The link that carries all of a circuit while the other one is under test is not switched off (I6). */
async function* testRefusals(
  body: Body,
  { previous, reader }: WriteView & { readonly previous: StoredResource },
): AsyncGenerator<ArmError> {
  const sides = { link1: "primary", link2: "secondary" } as const;
  const going = linksOf(body, previous).flatMap((link) => {
    const name = linkNames.find((one) => one === link["name"]);
    const isGoing = textAt(link, "properties.adminState") === "Disabled";
    return name !== undefined && isGoing && adminStateOf(previous, name) === "Enabled"
      ? [name]
      : [];
  });
  if (going.length === 0) return;
  for (const circuit of await reader.list({ type: types.circuit, referring: previous.id })) {
    const tested = linkUnderTest(circuit);
    if (tested === undefined || !going.some((name) => sides[name] !== tested)) continue;
    yield conflict(
      "FailoverTestRunning",
      "properties.links",
      `properties.links is refused: ${circuit.id} has a failover test of its ${tested} link under way, and the other one carries all of it; stop that test first.`,
    );
  }
}

async function assign(candidate: Candidate<Body>, grant: Grant): Promise<JsonObject> {
  const { previous } = grant;
  const asked = macSecAsked(candidate.body.properties);
  const { subscriptionId } = candidate;
  const macSec = await macSecOf(asked, { view: grant, subscriptionId, previous });
  // The store of secrets may have changed since they were judged.
  throwAny(macSec.refusals);
  if (previous !== undefined) return { ...previous.assigned, macSec: macSec.assigned };
  const [pair] = await freePairs(grant, candidate.body.properties);
  invariant(pair !== undefined, "a port without a free pair was refused");
  const links = [...endsOf(pair)];
  const allocationDate = grant.now.slice(0, 10);
  return {
    ...{ portPair: pair.name, links, allocationDate, resourceGuid: grant.uuid() },
    macSec: macSec.assigned,
  };
}

async function* deleteRefusals(row: StoredResource, view: DeleteView): AsyncGenerator<ArmError> {
  const circuits = await view.reader.list({ type: types.circuit, referring: row.id });
  const said = (id: string) => `Port ${row.name} carries circuit ${id}: delete that circuit first.`;
  yield* deleteFirst(view, circuits, said);
  for (const name of linkNames) {
    if (adminStateOf(row, name) === "Disabled") continue;
    yield conflict(
      "ConflictError",
      `properties.links.${name}`,
      `Port ${row.name} has ${name} Enabled: set its adminState to Disabled first.`,
    );
  }
}

async function portProperties(row: StoredResource, view: View): Promise<JsonObject> {
  const portPair = textAt(row.assigned, "portPair") ?? "";
  const circuits = await view.reader.list({ type: types.circuit, portPair });
  return {
    ...objectAt(row.desired, "properties"),
    links: [...(await linksView(row, view))],
    provisionedBandwidthInGbps: sumMbps(circuits) / 1_000,
    mtu: "1500",
    etherType: "0x8100",
    circuits: circuits.map(({ id }) => ({ id })),
    ...defined({
      allocationDate: textAt(row.assigned, "allocationDate"),
      resourceGuid: textAt(row.assigned, "resourceGuid"),
    }),
  };
}

/** The two links of a metro location end at two sites. */
function siteOf({ inventory }: View, row: StoredResource, side: Side): string {
  const name = textAt(row.desired, "properties.peeringLocation") ?? "";
  const place = inventory.peeringLocations.find((one) => one.name === name);
  return place === undefined ? name : sitesOfLocation(place)[side];
}

async function linksView(row: StoredResource, view: View): Promise<readonly JsonObject[]> {
  const pair = findPair(view, textAt(row.assigned, "portPair"));
  return linkNames.map((name, index) => ({
    id: `${row.id}/links/${name}`,
    name,
    type: `${types.port}/links`,
    etag: `W/"${row.etag}"`,
    properties: defined({
      ...objectOf(listAt(row.assigned, "links")[index]),
      coloLocation: siteOf(view, row, name === "link1" ? "primary" : "secondary"),
      adminState: adminStateOf(row, name),
      macSecConfig: macSecStored(name, undefined, row) ?? macSecDefaults,
      causewayMacSec: macSecState(row, name),
      provisioningState: pair === undefined ? "Failed" : row.provisioningState,
    }),
  }));
}
