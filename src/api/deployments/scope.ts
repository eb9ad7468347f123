/** The surroundings of a deployment's expressions: its parameters, its group, and what its resources are. */
import { isObject } from "../../domain/fields.ts";
import { groupId } from "../../domain/resource-id.ts";
import type { Json, JsonObject } from "../../store/store.ts";
import type { ApiDependencies, Reply } from "../context.ts";
import { Budget } from "./budget.ts";
import { evaluateAll, type Scope } from "./evaluate.ts";
import { TemplateError } from "./expression.ts";
import type { Deployment } from "./record.ts";
import { nameIn, valueSent } from "./template.ts";

/** A request to the API itself, by the right of whoever deploys. */
export type Send = (request: {
  readonly method: "GET" | "PUT" | "POST";
  readonly path: string;
  readonly apiVersion: string;
  readonly body?: Json;
}) => Promise<Reply>;

/** Where names of the template lead: to an id, and whether its resource is there yet. */
export type Lookup = (target: string) => { readonly id: string; readonly ready: boolean };

/** Asked for a resource of the template that is not there yet: what asks waits for it. */
export class NotReady extends TemplateError {
  readonly id: string;

  constructor(id: string) {
    super(
      `${id} is referred to where it is not there yet; let a resource's body or an output refer to it.`,
    );
    this.id = id;
  }
}

const readVersion = "2025-05-01";

export function scopeOf(
  deployment: Pick<Deployment, "name" | "template" | "subscriptionId" | "resourceGroup">,
  around: {
    deps: ApiDependencies;
    parameters: JsonObject;
    location: string;
    send: Send;
    lookup: Lookup;
  },
): Scope {
  const { deps, parameters, location, send, lookup } = around;
  const { subscriptionId, resourceGroup, template, name } = deployment;
  const known = new Map<string, Promise<Json>>();
  const budget = new Budget();
  // A parameter or a variable that leads back to itself would wait for itself for ever.
  const once = (key: string, stack: readonly string[], make: () => Promise<Json>) => {
    if (stack.includes(key)) throw new TemplateError(`${key} refers to itself; break the circle.`);
    const held = known.get(key) ?? make();
    known.set(key, held);
    return held;
  };
  const within = (stack: readonly string[], rounds: Scope["rounds"]): Scope => ({
    parameter: async (asked) => {
      const declared = isObject(template["parameters"]) ? template["parameters"] : {};
      const own = nameIn(declared, asked);
      if (own === undefined) throw new TemplateError(`The template has no parameter ${asked}.`);
      const key = `parameter ${own}`;
      return once(key, stack, async () => {
        const sent = valueSent(parameters, own);
        const one = declared[own];
        const standard = isObject(one) ? (one["defaultValue"] ?? null) : null;
        return sent ?? evaluateAll(standard, within([...stack, key], new Map()));
      });
    },
    variable: async (asked) => {
      const declared = isObject(template["variables"]) ? template["variables"] : {};
      const own = nameIn(declared, asked);
      if (own === undefined) throw new TemplateError(`The template has no variable ${asked}.`);
      const key = `variable ${own}`;
      return once(key, stack, () =>
        evaluateAll(declared[own] ?? null, within([...stack, key], new Map())),
      );
    },
    ...askingOf(send, lookup),
    subscription: {
      id: `/subscriptions/${subscriptionId}`,
      subscriptionId,
      tenantId: deps.tenantId,
    },
    resourceGroup: { id: groupId(subscriptionId, resourceGroup), name: resourceGroup, location },
    deployment: { name, properties: { template, mode: "Incremental" } },
    tenant: { tenantId: deps.tenantId },
    rounds,
    budget,
  });
  return within([], new Map());
}

/** What is asked of the resources themselves. */
function askingOf(send: Send, lookup: Lookup): Pick<Scope, "reference" | "ask"> {
  return {
    reference: async (target, whole) => {
      const { id, ready } = lookup(target);
      if (!ready) throw new NotReady(id);
      const { body } = await send({ method: "GET", path: id, apiVersion: readVersion });
      if (!isObject(body)) return null;
      return whole ? body : (body["properties"] ?? null);
    },
    ask: async (action, target) => {
      const { id, ready } = lookup(target);
      if (!ready) throw new NotReady(id);
      const reply = await send({
        method: "POST",
        path: `${id}/${action}`,
        apiVersion: readVersion,
      });
      return reply.body ?? null;
    },
  };
}
