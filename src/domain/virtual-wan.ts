import { z } from "zod";
import { deleteFirst } from "./delete-first.ts";
import { objectAt } from "./fields.ts";
import { hubsOfWan } from "./hub-links.ts";
import { defineResource } from "./resource.ts";
import type { JsonObject } from "./state.ts";
import { types } from "./types.ts";
import { Flag, oneOf } from "./values.ts";

const VirtualWanBody = z.strictObject({
  properties: z
    .strictObject(
      {
        type: oneOf(["Basic", "Standard"]).optional(),
        disableVpnEncryption: Flag.optional(),
        allowBranchToBranchTraffic: Flag.optional(),
        allowVnetToVnetTraffic: Flag.optional(),
      },
      { error: "must be an object" },
    )
    .optional(),
});

/** A set of hubs. No node follows from it: the fabric has no hub router yet, and its flags are orders for one. */
export const virtualWan = defineResource({
  type: types.virtualWan,
  tracked: true,
  schema: VirtualWanBody,
  ignored: [
    "properties.virtualHubs",
    "properties.vpnSites",
    "properties.office365LocalBreakoutCategory",
  ],
  async *refusals() {},
  stored({ properties }) {
    // A body is JSON: the schema read it from JSON.
    return { properties: { type: "Standard", ...(properties as unknown as JsonObject) } };
  },
  async *deleteRefusals(wan, view) {
    const hubs = await hubsOfWan(view.reader, wan.id);
    yield* deleteFirst(
      view,
      hubs,
      (id) => `Virtual WAN ${wan.name} has the hub ${id}: delete that first.`,
    );
  },
  async reconciled() {
    return false;
  },
  async properties(wan, { reader }) {
    const hubs = await hubsOfWan(reader, wan.id);
    return {
      ...objectAt(wan.desired, "properties"),
      virtualHubs: hubs.map(({ id }) => ({ id })),
      vpnSites: [],
    };
  },
});
