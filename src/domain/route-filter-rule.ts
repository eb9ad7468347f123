import { z } from "zod";
import { type ArmError, conflict } from "./errors.ts";
import { isObject, sameId } from "./fields.ts";
import { type Candidate, defineResource, type WriteView } from "./resource.ts";
import { isAttached } from "./route-filter-use.ts";
import type { JsonObject } from "./state.ts";
import { types } from "./types.ts";
import { oneOf } from "./values.ts";

const communityPasses = "must be a community such as 12076:5010, both numbers 0..65535";

/** RFC 1997: two numbers of sixteen bits. */
const Community = z
  .string({ error: communityPasses })
  .refine(
    (text) =>
      /^\d{1,5}:\d{1,5}$/.test(text) && text.split(":").every((half) => Number(half) <= 65_535),
    { error: communityPasses },
  );

const RouteFilterRuleBody = z.strictObject({
  properties: z.strictObject(
    {
      access: oneOf(["Allow"]),
      routeFilterRuleType: oneOf(["Community"]),
      communities: z
        .array(Community, { error: "must be a list of communities" })
        .min(1, { error: "must have at least one community" }),
    },
    { error: "must be an object with access and communities" },
  ),
});

/** Clients leave the only type there is out, and need it in the answer. */
function normalise(body: JsonObject): JsonObject {
  const { properties } = body;
  if (!isObject(properties) || properties["routeFilterRuleType"] !== undefined) return body;
  return { ...body, properties: { ...properties, routeFilterRuleType: "Community" } };
}

/** The communities that a filter lets through. A filter has one rule. */
export const routeFilterRule = defineResource({
  type: types.routeFilterRule,
  tracked: false,
  schema: RouteFilterRuleBody,
  ignored: [],
  filled: ["properties.routeFilterRuleType"],
  normalise,
  refusals,
  reconciled: (rule, reader) => isAttached(reader, rule.parentId ?? ""),
});

async function* refusals(
  candidate: Candidate<z.infer<typeof RouteFilterRuleBody>>,
  { reader, parent }: WriteView,
): AsyncGenerator<ArmError> {
  if (parent === undefined) return;
  const rules = await reader.list({ type: types.routeFilterRule, parentId: parent.id });
  for (const other of rules) {
    if (sameId(other.id, candidate.id)) continue;
    yield conflict(
      "LimitExceeded",
      "name",
      `name is refused: route filter ${parent.name} has its one rule, ${other.name}; change its communities, or delete it first.`,
    );
  }
}
