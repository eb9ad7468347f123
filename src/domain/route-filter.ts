import { z } from "zod";
import { deleteFirst } from "./delete-first.ts";
import { objectAt, sameId, textAt } from "./fields.ts";
import { peering } from "./peering.ts";
import { defineResource, toWire, wiresOf } from "./resource.ts";
import { routeFilterRule } from "./route-filter-rule.ts";
import { attachedTo, isAttached } from "./route-filter-use.ts";
import { types } from "./types.ts";

const RouteFilterBody = z.strictObject({
  properties: z.strictObject({}, { error: "must be an object" }).optional(),
});

/**
 * What of the public services' routes a peering hears: nothing until a filter with a rule is attached. The
 * rule is a row of its own; a PUT of the filter adds and changes it, and never deletes it.
 */
export const routeFilter = defineResource({
  type: types.routeFilter,
  tracked: true,
  schema: RouteFilterBody,
  ignored: ["properties.rules", "properties.peerings", "properties.ipv6Peerings"],
  embedded: [{ field: "rules", type: types.routeFilterRule, written: true }],
  async *refusals() {},
  async *deleteRefusals(filter, view) {
    yield* deleteFirst(
      view,
      await attachedTo(view.reader, filter.id),
      (id) => `Route filter ${filter.name} is attached to ${id}: detach it there first.`,
    );
  },
  reconciled: (filter, reader) => isAttached(reader, filter.id),
  async properties(filter, view) {
    const rules = await view.reader.list({ type: types.routeFilterRule, parentId: filter.id });
    const peerings = await attachedTo(view.reader, filter.id);
    const at = (path: string) =>
      peerings.filter(({ desired }) => sameId(textAt(desired, path), filter.id));
    return {
      ...objectAt(filter.desired, "properties"),
      rules: await Promise.all(rules.map((rule) => toWire(routeFilterRule, rule, view))),
      peerings: await wiresOf(peering, at("properties.routeFilter.id"), view),
      ipv6Peerings: await wiresOf(peering, at("properties.ipv6PeeringConfig.routeFilter.id"), view),
    };
  },
});
