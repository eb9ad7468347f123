import { z } from "zod";
import { invariant } from "../base/invariant.ts";
import { sumMbps } from "./circuit-capacity.ts";
import { deleteFirst } from "./delete-first.ts";
import {
  directFields,
  endsOf,
  freePairs,
  immutableDirectFields,
  immutableRefusals,
  linkNames,
  placeRefusal,
} from "./direct-pairs.ts";
import { type ArmError, noCapacity, refuse } from "./errors.ts";
import { listAt, numberAt, objectAt, objectOf, textAt } from "./fields.ts";
import {
  type Candidate,
  type DeleteView,
  defineResource,
  type Grant,
  type WriteView,
} from "./resource.ts";
import type { Json, JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";
import { oneOf, Unoffered } from "./values.ts";

const disabled = z
  .literal("Disabled", {
    error: "can only be Disabled: no edge bundles ports yet; use ExpressRoutePorts for one pair",
  })
  .optional();
const countPasses = "must be a whole number 1..16";
const Count = z
  .int({ error: countPasses })
  .min(1, { error: countPasses })
  .max(16, { error: countPasses });

const LinkBody = z.strictObject({
  properties: z
    .strictObject({
      adminState: disabled,
      macSecConfig: Unoffered,
      members: z
        .array(
          z.strictObject({
            properties: z.strictObject({ adminState: disabled }).optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

const LagBody = z.strictObject({
  properties: z.strictObject(
    {
      ...directFields,
      /** On each of the two links. */
      numberOfPorts: Count,
      minimumActivePortsRequired: Count.optional(),
      lacpTimer: oneOf(["Fast", "Slow"]).optional(),
      links: z.array(LinkBody, { error: "must be a list of links" }).optional(),
    },
    { error: "must be an object" },
  ),
});

type Lag = Candidate<z.infer<typeof LagBody>>;
const immutableFields = [...immutableDirectFields, "numberOfPorts"] as const;
const memberFields = [
  "interfaceName",
  "patchPanelId",
  "rackId",
  "coloLocation",
  "connectorType",
  "provisioningState",
] as const;

/**
 * Several pairs of Direct ports that are to act as one (IEEE 802.1AX). The pairs are taken from the inventory and
 * kept for it, so that they can be cabled; no edge runs LACP yet, and thus no link of it can be enabled and
 * no circuit stands on it.
 */
export const lag = defineResource({
  type: types.lag,
  tracked: true,
  schema: LagBody,
  standIns: { "properties.encapsulation": "QinQ" },
  ignored: [
    "identity",
    "properties.causewayBundle",
    "properties.provisionedBandwidthInGbps",
    "properties.mtu",
    "properties.etherType",
    "properties.circuits",
    "properties.allocationDate",
    ...["id", "name", "etag", "type"].flatMap((field) => [
      `properties.links.*.${field}`,
      `properties.links.*.properties.members.*.${field}`,
    ]),
    ...["routerName", "interfaceName", "provisioningState"].map(
      (field) => `properties.links.*.properties.${field}`,
    ),
    ...memberFields.map((field) => `properties.links.*.properties.members.*.properties.${field}`),
  ],
  refusals,
  assign,
  stored({ properties }) {
    const { links: _, billingType = "MeteredData", ...rest } = properties;
    // A body is JSON: the schema read it from JSON.
    return { properties: { ...(rest as unknown as JsonObject), billingType } };
  },
  deleteRefusals,
  async reconciled() {
    return false;
  },
  async properties(row, { reader }) {
    const { pairs: _, ...given } = row.assigned;
    const circuits = await reader.list({ type: types.circuit, referring: row.id });
    return {
      ...objectAt(row.desired, "properties"),
      ...given,
      links: [...lagLinks(row)],
      provisionedBandwidthInGbps: sumMbps(circuits) / 1_000,
      mtu: "1500",
      etherType: "0x8100",
      circuits: circuits.map(({ id }) => ({ id })),
      causewayBundle: bundleOf(row),
    };
  },
});

/** Of one link: what its members are worth together, all of them and as few as may be left; and that none is bundled. */
function bundleOf(row: StoredResource): JsonObject {
  const number = (field: string) => numberAt(row.desired, `properties.${field}`);
  const each = number("bandwidthInGbps") ?? 0;
  return {
    bandwidthInGbps: each * (number("numberOfPorts") ?? 1),
    leastBandwidthInGbps: each * (number("minimumActivePortsRequired") ?? 1),
    state: "NotCarried",
    reason: "no edge runs LACP (IEEE 802.1AX): the members are reserved and can be cabled",
  };
}

async function* deleteRefusals(row: StoredResource, view: DeleteView): AsyncGenerator<ArmError> {
  const circuits = await view.reader.list({ type: types.circuit, referring: row.id });
  const said = (id: string) =>
    `Bundle ${row.name} carries circuit ${id}: delete that circuit first.`;
  yield* deleteFirst(view, circuits, said);
}

async function* refusals({ body }: Lag, view: WriteView): AsyncGenerator<ArmError> {
  const asked = body.properties;
  const least = asked.minimumActivePortsRequired ?? 1;
  if (least > asked.numberOfPorts) {
    yield refuse(
      "InvalidParameter",
      "properties.minimumActivePortsRequired",
      `properties.minimumActivePortsRequired is refused: ${least} ports of ${asked.numberOfPorts} cannot be active; send ${asked.numberOfPorts} or less.`,
    );
  }
  yield* linkRefusals(asked);
  if (view.previous !== undefined) {
    yield* immutableRefusals(view.previous, asked, immutableFields);
    return;
  }
  const misplaced = placeRefusal(view, asked.peeringLocation);
  if (misplaced !== undefined) yield misplaced;
  if (misplaced !== undefined) return;
  const free = (await freePairs(view, asked)).length;
  if (free >= asked.numberOfPorts) return;
  yield noCapacity(
    "properties.numberOfPorts",
    `properties.numberOfPorts is refused: ${free} pairs of ${asked.bandwidthInGbps} Gbit/s ports are free at "${asked.peeringLocation}" and ${asked.numberOfPorts} were asked; ask for ${free === 0 ? "another size or location" : `${free} or less`}.`,
  );
}

/** Links and members are the platform's to name: a request has at most those that there will be. */
function* linkRefusals({ links = [], numberOfPorts }: Lag["body"]["properties"]) {
  const field = "properties.links";
  if (links.length > linkNames.length) {
    yield refuse(
      "InvalidLinks",
      field,
      `${field} is refused: ${links.length} links were sent and a bundle has ${linkNames.length}, one at each edge; send those or none.`,
    );
  }
  for (const [index, { properties }] of links.entries()) {
    const count = properties?.members?.length ?? 0;
    if (count <= numberOfPorts) continue;
    const target = `${field}[${index}].properties.members`;
    yield refuse(
      "InvalidLinks",
      target,
      `${target} is refused: ${count} members were sent and the link has ${numberOfPorts} (numberOfPorts); send those or none.`,
    );
  }
}

async function assign({ body }: Lag, grant: Grant): Promise<JsonObject> {
  if (grant.previous !== undefined) return grant.previous.assigned;
  const { numberOfPorts } = body.properties;
  const pairs = (await freePairs(grant, body.properties)).slice(0, numberOfPorts);
  invariant(pairs.length === numberOfPorts, "a bundle without its pairs was refused");
  return {
    pairs: pairs.map((pair) => ({ name: pair.name, ends: [...endsOf(pair)] })),
    allocationDate: grant.now.slice(0, 10),
    resourceGuid: grant.uuid(),
  };
}

/** Both links, each with its end of every pair. */
export function lagLinks(row: StoredResource): readonly JsonObject[] {
  return linkNames.map((name, side) => {
    const id = `${row.id}/links/${name}`;
    const ends = listAt(row.assigned, "pairs").map((pair) => listAt(pair, "ends")[side] ?? {});
    return {
      id,
      name,
      type: `${types.lag}/links`,
      etag: `W/"${row.etag}"`,
      properties: {
        routerName: textAt(ends[0], "routerName") ?? "",
        adminState: "Disabled",
        provisioningState: row.provisioningState,
        members: ends.map((end, index) => member(row, { linkId: id, end, index })),
      },
    };
  });
}

function member(
  row: StoredResource,
  { linkId, end, index }: { linkId: string; end: Json; index: number },
): JsonObject {
  const { routerName: _, ...place } = objectOf(end);
  const name = `member${index + 1}`;
  return {
    id: `${linkId}/members/${name}`,
    name,
    type: `${types.lag}/links/members`,
    etag: `W/"${row.etag}"`,
    properties: {
      ...place,
      coloLocation: textAt(row.desired, "properties.peeringLocation") ?? "",
      adminState: "Disabled",
      provisioningState: row.provisioningState,
    },
  };
}
