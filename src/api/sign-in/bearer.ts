/** From the bearer token of a request (RFC 6750) to the principal that it stands for. */
import { errors } from "jose";
import { ArmError, type ErrorCode } from "../../domain/errors.ts";
import type { RecordReader } from "../../store/store.ts";
import type { Principal } from "../context.ts";
import { type Account, readAccount } from "./account.ts";
import type { Tokens } from "./tokens.ts";

type Context = {
  readonly store: RecordReader;
  readonly tokens: Tokens;
  readonly tenantId: string;
};

export async function principalOf(
  authorization: string | undefined,
  origin: string,
  { store, tokens, tenantId }: Context,
): Promise<Principal> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) {
    throw unauthenticated(
      "AuthenticationFailed",
      "The request has no bearer token; send Authorization: Bearer <token>.",
    );
  }
  const claims = await tokens.verifyAccess(token, origin).catch((error: unknown) => {
    throw refusal(error);
  });
  const account =
    claims["tid"] === tenantId ? await readAccount(store, String(claims["oid"])) : undefined;
  if (account === undefined) throw refusal(undefined);
  return principalOfAccount(account);
}

export function principalOfAccount(account: Account): Principal {
  const { name, role, objectId, subscriptionId, providerName } = account;
  const bound = providerName === undefined ? {} : { providerName };
  return { name, role, objectId, subscriptionId, ...bound };
}

function refusal(error: unknown): ArmError {
  if (error instanceof errors.JWTExpired) {
    return unauthenticated(
      "ExpiredAuthenticationToken",
      "The bearer token has expired; sign in again.",
    );
  }
  const wrong = error instanceof errors.JWTClaimValidationFailed ? ` (its '${error.claim}')` : "";
  return unauthenticated(
    "InvalidAuthenticationToken",
    `The bearer token is not one of this server's${wrong}; sign in at the address in WWW-Authenticate.`,
  );
}

function unauthenticated(code: ErrorCode, message: string): ArmError {
  return new ArmError({ status: 401, code, message });
}
