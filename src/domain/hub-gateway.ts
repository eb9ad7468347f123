import { z } from "zod";
import { deleteFirst } from "./delete-first.ts";
import { type ArmError, conflict, immutableField, referenceNotFound, refuse } from "./errors.ts";
import { objectAt, sameId } from "./fields.ts";
import { hubConnection } from "./hub-connection.ts";
import { gatewaysOfHub, hubIdOf } from "./hub-links.ts";
import { limits } from "./limits.ts";
import { type Candidate, defineResource, type WriteView, wiresOf } from "./resource.ts";
import type { JsonObject, StoredResource } from "./state.ts";
import { types } from "./types.ts";
import { Reference, UnofferedFlag } from "./values.ts";

const unitsPass = `must be a whole number 1..${limits.hubGatewayUnits}`;
const Units = z
  .int({ error: unitsPass })
  .min(1, { error: unitsPass })
  .max(limits.hubGatewayUnits, { error: unitsPass });

const HubGatewayBody = z.strictObject({
  properties: z.strictObject(
    {
      virtualHub: Reference,
      autoScaleConfiguration: z
        .strictObject({
          bounds: z.strictObject({ min: Units.optional(), max: Units.optional() }).optional(),
        })
        .optional(),
      allowNonVirtualWanTraffic: UnofferedFlag.optional(),
    },
    { error: "must be an object" },
  ),
});

type HubGateway = Candidate<z.infer<typeof HubGatewayBody>>;
const hubField = "properties.virtualHub.id";
const boundsField = "properties.autoScaleConfiguration.bounds";

/**
 * A hub's end towards circuits. Its connections are rows of their own; a PUT adds and changes them, and
 * never deletes one. As the hub has no router yet, no node follows from it.
 */
export const hubGateway = defineResource({
  type: types.hubGateway,
  tracked: true,
  schema: HubGatewayBody,
  ignored: ["properties.expressRouteConnections"],
  embedded: [{ field: "expressRouteConnections", type: types.hubConnection, written: true }],
  refusals,
  stored({ properties }) {
    // A body is JSON: the schema read it from JSON.
    const sent = properties as unknown as JsonObject;
    const bounds = objectAt(sent, "autoScaleConfiguration.bounds");
    return { properties: { ...sent, autoScaleConfiguration: { bounds: { min: 1, ...bounds } } } };
  },
  async *deleteRefusals({ id: parentId, name }, view) {
    const rows = await view.reader.list({ type: types.hubConnection, parentId });
    const said = (id: string) =>
      `Gateway ${name} has the connection ${id}: delete that connection first.`;
    yield* deleteFirst(view, rows, said);
  },
  async reconciled() {
    return false;
  },
  async properties(gateway, view) {
    const rows = await view.reader.list({ type: types.hubConnection, parentId: gateway.id });
    return {
      ...objectAt(gateway.desired, "properties"),
      expressRouteConnections: await wiresOf(hubConnection, rows, view),
    };
  },
});

async function* refusals(candidate: HubGateway, view: WriteView): AsyncGenerator<ArmError> {
  const { virtualHub, autoScaleConfiguration } = candidate.body.properties;
  const { min = 1, max } = autoScaleConfiguration?.bounds ?? {};
  if (max !== undefined && max < min) {
    yield refuse(
      "InvalidParameter",
      `${boundsField}.max`,
      `${boundsField}.max is refused: ${max} is less than min, which is ${min}; send ${min} or more.`,
    );
  }
  if (view.previous !== undefined) {
    const held = hubIdOf(view.previous);
    if (!sameId(held, virtualHub.id)) {
      yield immutableField(hubField, { held, asked: virtualHub.id });
    }
    return;
  }
  const hub = await view.reader.read(virtualHub.id);
  const mine = sameId(hub?.subscriptionId, candidate.subscriptionId);
  if (hub?.type !== types.virtualHub || !mine) yield referenceNotFound(hubField, virtualHub.id);
  else yield* hubRefusals(candidate, hub, view);
}

async function* hubRefusals(
  candidate: HubGateway,
  hub: StoredResource,
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  if (hub.provisioningState === "Deleting") {
    yield conflict(
      "AnotherOperationInProgress",
      hubField,
      `${hubField} is refused: hub ${hub.name} is being deleted; name another.`,
    );
  }
  if (hub.location !== candidate.location) {
    yield refuse(
      "InvalidResourceLocation",
      "location",
      `location is refused: the hub is in ${hub.location ?? ""}; send that.`,
    );
  }
  const [other] = await gatewaysOfHub(reader, hub.id);
  if (other === undefined) return;
  yield conflict(
    "GatewayExists",
    hubField,
    `${hubField} is refused: hub ${hub.name} has the gateway ${other.name} and a hub has one; use that, or delete it first.`,
  );
}
