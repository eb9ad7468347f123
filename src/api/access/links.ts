/** What a body names has to be open to its sender: joining a circuit or a network is more than reading it. */
import { ArmError } from "../../domain/errors.ts";
import { isObject } from "../../domain/fields.ts";
import { typeOfId } from "../../domain/resource-id.ts";
import { covers } from "../../domain/role-assignment.ts";
import type { Json } from "../../store/store.ts";
import type { Call } from "../context.ts";
import { actionType } from "./access.ts";

type Linking = {
  readonly id: string;
  readonly subscriptionId: string;
  readonly body: Json;
  /** The body that is held: what it names may stay. */
  readonly held: Json | undefined;
};

/**
 * Ids of the resource's own subscription that the caller may not join. Whether they exist is not said.
 * What is of another subscription needs a key of its owner; the types see to that.
 */
export function requireLinks(
  { access, principal }: Call,
  { id, subscriptionId, body, held }: Linking,
): void {
  const before = new Set([...idsIn(held)].map(([linked]) => linked.toLowerCase()));
  for (const [linked, field] of idsIn(body)) {
    const type = typeOfId(linked);
    if (type === undefined || before.has(linked.toLowerCase())) continue;
    if (covers(id, linked) || !covers(`/subscriptions/${subscriptionId}`, linked)) continue;
    const action = `${actionType(type)}/join/action`;
    if (access.allows(action, linked)) continue;
    throw new ArmError({
      status: 403,
      code: "LinkedAuthorizationFailed",
      target: field,
      message: `${field} is refused: the client '${principal.name}' may not '${action}' at '${linked.slice(0, 500)}'; an owner there can give it a role that allows it.`,
    });
  }
}

/** Every `{"id": "…"}` in the value, and where it stands. */
function* idsIn(value: Json | undefined, path = ""): Generator<readonly [string, string]> {
  const below = (step: string) => (path === "" ? step : `${path}.${step}`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* idsIn(item, `${path}[${index}]`);
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (name === "id" && typeof member === "string") yield [member, below(name)];
      else yield* idsIn(member, below(name));
    }
  }
}
