import { createHash, timingSafeEqual } from "node:crypto";
import { ArmError, notFound } from "../domain/errors.ts";
import type { Principal } from "./context.ts";

/** Whoever holds the bearer token. All tokens are compared, in the same time whatever they are. */
export function signIn(
  authorization: string | undefined,
  principals: readonly Principal[],
): Principal {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) {
    throw unauthenticated("The request has no bearer token; send Authorization: Bearer <token>.");
  }
  const asked = digest(token);
  const [found] = principals.filter((one) => timingSafeEqual(digest(one.token), asked));
  if (found !== undefined) return found;
  throw unauthenticated("The bearer token belongs to nobody; sign in again.");
}

function digest(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

function unauthenticated(message: string): ArmError {
  return new ArmError({ status: 401, code: "AuthenticationFailed", message });
}

/** Customers and providers see their own subscription; another's looks as if it did not exist. */
export function requireSubscription(principal: Principal, subscriptionId: string): void {
  if (principal.role === "operator") return;
  if (principal.subscriptionId.toLowerCase() === subscriptionId.toLowerCase()) return;
  throw notFound(
    "SubscriptionNotFound",
    `The subscription '${subscriptionId}' could not be found; yours is ${principal.subscriptionId}.`,
  );
}

export function forbidden(principal: Principal, what: string): ArmError {
  return new ArmError({
    status: 403,
    code: "AuthorizationFailed",
    message: `The client '${principal.name}' may not ${what}: its role is ${principal.role}.`,
  });
}
