import { z } from "zod";
import { objectAt } from "./fields.ts";
import { defineResource, toWire } from "./resource.ts";
import { routeFilterRule } from "./route-filter-rule.ts";
import { types } from "./types.ts";

const RouteFilterBody = z.strictObject({
  properties: z.strictObject({}, { error: "must be an object" }).optional(),
});

/**
 * What of the public services' routes a peering may hear: nothing until a filter with a rule is attached.
 * No peering for public services is offered yet, so none is attached to one. The rule is a row of its
 * own; a PUT of the filter adds and changes it, and never deletes it.
 */
export const routeFilter = defineResource({
  type: types.routeFilter,
  tracked: true,
  schema: RouteFilterBody,
  ignored: ["properties.rules", "properties.peerings", "properties.ipv6Peerings"],
  embedded: [{ field: "rules", type: types.routeFilterRule, written: true }],
  async *refusals() {},
  async reconciled() {
    return false;
  },
  async properties(filter, view) {
    const rules = await view.reader.list({ type: types.routeFilterRule, parentId: filter.id });
    return {
      ...objectAt(filter.desired, "properties"),
      rules: await Promise.all(rules.map((rule) => toWire(routeFilterRule, rule, view))),
      peerings: [],
      ipv6Peerings: [],
    };
  },
});
