/** What may be done in a namespace, in the words that roles are made of. */
import { catalogue } from "../domain/catalogue.ts";
import { notFound } from "../domain/errors.ts";
import { definitions } from "../domain/registry.ts";
import type { JsonObject } from "../store/store.ts";
import { actionType, verbOf } from "./access/access.ts";
import { actions } from "./actions/registry.ts";
import type { Reply } from "./context.ts";
import { actionOf } from "./resource-actions.ts";
import { verbsOf } from "./resource-routes.ts";

type Right = { readonly type: string; readonly action: string };

export function operationList({ namespace }: { namespace: string }): Reply {
  const within = ({ action }: Right) =>
    action.toLowerCase().startsWith(`${namespace.toLowerCase()}/`);
  const known = new Map(
    rights()
      .filter(within)
      .map((one) => [one.action, one]),
  );
  if (known.size === 0) {
    throw notFound(
      "InvalidResourceType",
      `There is no namespace '${namespace.slice(0, 100)}'; there is Microsoft.Network.`,
    );
  }
  const value = [...known.values()].sort((one, other) => (one.action < other.action ? -1 : 1));
  return { status: 200, body: { value: value.map(shown) } };
}

function rights(): readonly Right[] {
  const own = definitions.flatMap((definition) =>
    verbsOf(definition).map((method) => ({
      type: definition.type,
      action: `${actionType(definition.type)}/${verbOf(method)}`,
    })),
  );
  const asked = definitions.flatMap((definition) =>
    actions
      .filter(({ type }) => type === definition.type)
      .map(({ type, method, path }) => ({
        type,
        action: actionOf(method, { definition, rest: path.split("/") }),
      })),
  );
  return [...own, ...asked, ...catalogue.map(({ type }) => ({ type, action: `${type}/read` }))];
}

function shown({ type, action }: Right): JsonObject {
  const [provider = "", ...kinds] = type.split("/");
  const resource = kinds.join("/");
  const operation = action.slice(actionType(type).length + 1);
  const description = `${operation} of ${resource}`;
  return {
    name: action,
    isDataAction: false,
    display: { provider, resource, operation, description },
  };
}
