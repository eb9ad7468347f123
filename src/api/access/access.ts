/** What a principal may see and do. */
import { ArmError, notFound } from "../../domain/errors.ts";
import type { Principal } from "../context.ts";

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
