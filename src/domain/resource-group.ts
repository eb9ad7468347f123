import { z } from "zod";
import { defineResource } from "./resource.ts";
import { types } from "./types.ts";

/** Where tracked resources live; deleting it deletes them. */
export const resourceGroup = defineResource({
  type: types.resourceGroup,
  tracked: true,
  schema: z.strictObject({ properties: z.strictObject({}).optional() }),
  ignored: ["managedBy"],
  async *refusals() {},
  stored: () => ({}),
  async reconciled() {
    return false;
  },
});
