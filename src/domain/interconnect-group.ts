import { z } from "zod";
import { immutableField } from "./errors.ts";
import { objectAt, sameJson } from "./fields.ts";
import { defineResource } from "./resource.ts";
import type { JsonObject } from "./state.ts";
import { types } from "./types.ts";
import { Text } from "./values.ts";

const noFabric = "can only be None: no machine here has InfiniBand";
const sizePasses = "must be a whole number above 0";

const InterconnectGroupBody = z.strictObject({
  properties: z.strictObject(
    {
      scope: z.literal("None", { error: noFabric }).optional(),
      subgroupProfile: z.strictObject(
        {
          vmSize: Text,
          scope: z.literal("None", { error: noFabric }).optional(),
          size: z.int({ error: sizePasses }).min(1, { error: sizePasses }).optional(),
        },
        { error: "must be an object with vmSize" },
      ),
    },
    { error: "must be an object" },
  ),
});

/**
 * Machines that are to stand near each other. It is an order: the inventory has no such groups of machines, so
 * that its list of subgroups is empty.
 */
export const interconnectGroup = defineResource({
  type: types.interconnectGroup,
  tracked: true,
  schema: InterconnectGroupBody,
  ignored: ["properties.subgroups"],
  async *refusals({ body }, { previous }) {
    const target = "properties.subgroupProfile";
    const held = objectAt(previous?.desired, target);
    // A body is JSON: the schema read it from JSON.
    const asked = body.properties.subgroupProfile as unknown as JsonObject;
    if (previous === undefined || sameJson(held, asked)) return;
    yield immutableField(target, { held, asked });
  },
  async assign(_candidate, { previous, uuid }) {
    return previous?.assigned ?? { resourceGuid: uuid() };
  },
  stored({ properties }) {
    // A body is JSON: the schema read it from JSON.
    return { properties: { scope: "None", ...(properties as unknown as JsonObject) } };
  },
  async reconciled() {
    return false;
  },
  async properties({ desired, assigned }) {
    return { ...objectAt(desired, "properties"), ...assigned, subgroups: [] };
  },
});
