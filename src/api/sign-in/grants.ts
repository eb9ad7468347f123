/** The grants of the token endpoint (RFC 6749, RFC 7523, RFC 8628). */
import type { JsonObject, Store } from "../../store/store.ts";
import { type Account, accountNamed, readAccount } from "./account.ts";
import type { Attempts } from "./attempts.ts";
import { audienceAsked } from "./audience.ts";
import { proveClient, type TrustedIssuers } from "./client-proof.ts";
import type { DeviceCodes } from "./device-codes.ts";
import { OAuthError } from "./oauth-error.ts";
import { matchesSecret } from "./secret-hash.ts";
import { accessSeconds, type Style, type TokenOptions, type Tokens } from "./tokens.ts";

export type GrantContext = TokenOptions & {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly devices: DeviceCodes;
  readonly attempts: Attempts;
  readonly trustedIssuers: TrustedIssuers;
};

export type TokenRequest = {
  readonly form: URLSearchParams;
  readonly origin: string;
  readonly style: Style;
  /** Of the caller. */
  readonly address: string;
  /** Without its query: what assertions name as their audience. */
  readonly url: string;
};

const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

export async function tokenAnswer(
  request: TokenRequest,
  context: GrantContext,
): Promise<JsonObject> {
  const { form, origin } = request;
  const audience = audienceAsked(form, origin);
  const clientId = form.get("client_id") ?? "";
  if (clientId === "") throw new OAuthError("invalid_request", "client_id is missing.");
  const grant = form.get("grant_type");
  switch (grant) {
    case "client_credentials": {
      const account = await byProof(request, clientId, context);
      return accessAnswer(account, { request, context, audience, clientId });
    }
    case "password": {
      const account = await byPassword(request, context);
      return userAnswer(account, { request, context, audience, clientId });
    }
    case "refresh_token": {
      const account = await byRefreshToken(form.get("refresh_token") ?? "", clientId, context);
      return userAnswer(account, { request, context, audience, clientId });
    }
    case deviceGrant:
    case "device_code": {
      // Version 1 of the endpoint calls it `code`.
      const code = form.get("device_code") ?? form.get("code") ?? "";
      const account = await readAccount(context.store, context.devices.take(code, clientId));
      if (account === undefined) throw new OAuthError("invalid_grant", "The user is gone.");
      return userAnswer(account, { request, context, audience, clientId });
    }
    default:
      throw new OAuthError(
        "unsupported_grant_type",
        `grant_type '${String(grant).slice(0, 100)}' is not offered; use client_credentials, password, refresh_token or ${deviceGrant}.`,
      );
  }
}

async function byProof(
  { form, origin, address, url }: TokenRequest,
  clientId: string,
  context: GrantContext,
): Promise<Account> {
  const { tokens } = context;
  const audiences = [url, tokens.issuer(origin, "adfs"), tokens.issuer(origin, "tenant")];
  return context.attempts.judge({ address, account: clientId }, () =>
    proveClient(form, clientId, { ...context, audiences }),
  );
}

/** A user by name and password; every failure reads the same. */
export async function byPassword(
  { form, address }: Pick<TokenRequest, "form" | "address">,
  { store, attempts }: GrantContext,
): Promise<Account> {
  const name = form.get("username") ?? "";
  return attempts.judge({ address, account: name }, async () => {
    const account = await accountNamed(store, name);
    const user = account?.kind === "user" ? account : undefined;
    const matches = await matchesSecret(form.get("password") ?? "", user?.secretHash);
    if (user !== undefined && matches) return user;
    throw new OAuthError("invalid_grant", "The user is unknown or the password is wrong.");
  });
}

async function byRefreshToken(
  token: string,
  clientId: string,
  { store, tokens }: GrantContext,
): Promise<Account> {
  const claims = await tokens.verifyRefresh(token).catch(() => undefined);
  const account = await readAccount(store, String(claims?.sub));
  const isGood = claims?.["client_id"] === clientId && claims["account_of"] === account?.changedAt;
  if (account !== undefined && isGood) return account;
  throw new OAuthError("invalid_grant", "The refresh token is not good any more; sign in again.");
}

type Answering = {
  readonly request: TokenRequest;
  readonly context: GrantContext;
  readonly audience: string;
  readonly clientId: string;
};

async function accessAnswer(
  account: Account,
  { request: { origin, style }, context, audience, clientId }: Answering,
): Promise<JsonObject> {
  const { tokens, clock } = context;
  const now = Math.floor(clock.now() / 1_000);
  return {
    token_type: "Bearer",
    expires_in: accessSeconds,
    ext_expires_in: accessSeconds,
    expires_on: now + accessSeconds,
    not_before: now,
    resource: audience,
    access_token: await tokens.access(account, { origin, style, audience, clientId }),
  };
}

async function userAnswer(account: Account, answering: Answering): Promise<JsonObject> {
  const { request, context, clientId } = answering;
  const { origin, style } = request;
  const { tokens, tenantId } = context;
  const client = JSON.stringify({ uid: account.objectId, utid: tenantId });
  return {
    ...(await accessAnswer(account, answering)),
    scope: request.form.get("scope") ?? "",
    refresh_token: await tokens.refresh(account, clientId),
    id_token: await tokens.id(account, { origin, style, clientId }),
    client_info: Buffer.from(client).toString("base64url"),
  };
}
