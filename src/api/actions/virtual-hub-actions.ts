/** Virtual hubs: the routes of their routers. No node carries a hub, so that its tables are empty. */
import { z } from "zod";
import { referenceNotFound } from "../../domain/errors.ts";
import { types } from "../../domain/types.ts";
import { Text } from "../../domain/values.ts";
import type { Call, Reply } from "../context.ts";
import type { ActionDefinition } from "./action.ts";
import { actionBody } from "./action-body.ts";

const EffectiveRoutes = z.strictObject({
  resourceId: Text.optional(),
  virtualWanResourceType: Text.optional(),
});
const MappedRoutes = z.strictObject({
  resourceUri: Text.optional(),
  connectionType: Text.optional(),
});

export const virtualHubActions: readonly ActionDefinition[] = [
  {
    type: types.virtualHub,
    method: "POST",
    path: "effectiveRoutes",
    body: EffectiveRoutes,
    async answer(call) {
      const { resourceId } = await actionBody(call, EffectiveRoutes);
      return emptyTable(call, "resourceId", resourceId);
    },
  },
  ...["inboundRoutes", "outboundRoutes"].map(
    (path): ActionDefinition => ({
      type: types.virtualHub,
      method: "POST",
      path,
      body: MappedRoutes,
      async answer(call) {
        const { resourceUri } = await actionBody(call, MappedRoutes);
        return emptyTable(call, "resourceUri", resourceUri);
      },
    }),
  ),
];

/** Of a route table or a connection; what the caller does not see has no table, not even an empty one. */
async function emptyTable(call: Call, target: string, id: string | undefined): Promise<Reply> {
  const isRouteTable = /\/hubRouteTables\/(default|none)RouteTable$/i.test(id ?? "");
  if (id !== undefined && !isRouteTable) {
    const row = await call.deps.store.read(id);
    if (row === undefined || !call.access.mayRead(row)) throw referenceNotFound(target, id);
  }
  return { status: 200, body: { value: [] } };
}
