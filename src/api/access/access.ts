/** What a principal may see and do. All of it follows from role assignments, those of its account included. */
import { ArmError, notFound } from "../../domain/errors.ts";
import { covers } from "../../domain/role-assignment.ts";
import { type RoleDefinition, roleAllows, roleNamed, roles } from "../../domain/role-definition.ts";
import { types } from "../../domain/types.ts";
import type { AccessReader, StoredResource } from "../../store/store.ts";
import type { Principal } from "../context.ts";

type Right = { readonly scope: string; readonly role: RoleDefinition };

/** What an account may do by itself, before anybody gives it more. */
export function standingRight({
  role,
  subscriptionId,
}: Pick<Principal, "role" | "subscriptionId">): Right {
  const own = `/subscriptions/${subscriptionId}`;
  switch (role) {
    case "operator":
      return { scope: "/", role: roles.operator };
    case "customer":
      return { scope: own, role: roles.owner };
    case "provider":
      return { scope: own, role: roles.provider };
  }
}

export async function accessOf(store: AccessReader, principal: Principal): Promise<Access> {
  const given = await store.roleAssignments(principal.objectId);
  const rights = given.flatMap(({ scope, role: name }) => {
    const role = roleNamed(name);
    return role === undefined ? [] : [{ scope, role }];
  });
  return new Access(principal, [standingRight(principal), ...rights]);
}

export class Access {
  readonly #principal: Principal;
  readonly #rights: readonly Right[];

  constructor(principal: Principal, rights: readonly Right[]) {
    this.#principal = principal;
    this.#rights = rights;
  }

  allows(action: string, scope: string): boolean {
    return this.#rights.some(
      (right) => covers(right.scope, scope) && roleAllows(right.role, action),
    );
  }

  /** Whether it is allowed there or on something below: who may list and finds what is theirs. */
  reaches(action: string, scope: string): boolean {
    return this.#rights.some(
      (right) =>
        (covers(right.scope, scope) || covers(scope, right.scope)) &&
        roleAllows(right.role, action),
    );
  }

  require(action: string, scope: string): void {
    if (!this.allows(action, scope)) throw forbidden(this.#principal, { action, scope });
  }

  requireReach(action: string, scope: string): void {
    if (!this.reaches(action, scope)) throw forbidden(this.#principal, { action, scope });
  }

  /** A subscription in which nothing is given to the caller looks as if it did not exist. */
  sees(subscriptionId: string): boolean {
    const scope = `/subscriptions/${subscriptionId}`;
    return this.#rights.some((right) => covers(right.scope, scope) || covers(scope, right.scope));
  }

  /** The one subscription that all of its rights lie in; undefined where they lie in more. */
  get onlySubscription(): string | undefined {
    const ids = this.#rights.map(({ scope }) => scope.toLowerCase().split("/")[2]);
    return new Set(ids).size === 1 ? ids[0] : undefined;
  }

  requireSubscription(subscriptionId: string): void {
    if (this.sees(subscriptionId)) return;
    throw notFound(
      "SubscriptionNotFound",
      `The subscription '${subscriptionId}' could not be found; yours is ${this.#principal.subscriptionId}.`,
    );
  }

  mayRead(row: Pick<StoredResource, "id" | "type" | "assigned">): boolean {
    return this.serves(row) && this.allows(`${actionType(row.type)}/read`, row.id);
  }

  /** A principal that stands for one provider has to do with the circuits of that provider alone. */
  serves({ type, assigned }: Pick<StoredResource, "type" | "assigned">): boolean {
    const { providerName } = this.#principal;
    if (providerName === undefined || type !== types.crossConnection) return true;
    return assigned["serviceProvider"] === providerName;
  }
}

/** The type as actions name it. */
export function actionType(type: string): string {
  return type === types.resourceGroup ? "Microsoft.Resources/subscriptions/resourceGroups" : type;
}

/** What a request with that verb does to what it names. */
export function verbOf(method: string): "read" | "write" | "delete" {
  if (method === "GET" || method === "HEAD") return "read";
  return method === "DELETE" ? "delete" : "write";
}

/** What is done to a resource group; taking its tags away is no deletion of it. */
export function groupAction(method: string, { tags }: { readonly tags?: true }): string {
  const verb = tags && verbOf(method) === "delete" ? "write" : verbOf(method);
  return `${actionType(types.resourceGroup)}/${verb}`;
}

function forbidden(
  { name, objectId }: Principal,
  { action, scope }: { action: string; scope: string },
): ArmError {
  return new ArmError({
    status: 403,
    code: "AuthorizationFailed",
    message: `The client '${name}' with object id '${objectId}' may not '${action}' at '${scope}'; an owner there can give it a role that allows it.`,
  });
}
