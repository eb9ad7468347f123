/** Signing in: what may be asked without a token, and what a token says. */
import { uuid } from "../../base/random.ts";
import type { Inventory } from "../../fabric/inventory.ts";
import type { Json, JsonObject } from "../../store/store.ts";
import type { Principal, Reply } from "../context.ts";
import { Attempts } from "./attempts.ts";
import { principalOf } from "./bearer.ts";
import type { TrustedIssuers } from "./client-proof.ts";
import { DeviceCodes, deviceSeconds, pollSeconds } from "./device-codes.ts";
import { devicePage } from "./device-page.ts";
import { byPassword, type GrantContext, tokenAnswer } from "./grants.ts";
import { metadataDocument } from "./metadata.ts";
import { OAuthError, oauthErrorReply } from "./oauth-error.ts";
import { signingAlgorithm } from "./signing-keys.ts";
import { type Style, type TokenOptions, Tokens } from "./tokens.ts";

export type SignInOptions = TokenOptions & {
  readonly inventory: Inventory;
  readonly trustedIssuers?: TrustedIssuers;
};

/** A request that carries no token yet. */
export type OpenRequest = {
  readonly method: string;
  readonly origin: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly address: string;
  form(): Promise<URLSearchParams>;
};

type Directory = { readonly style: Style; readonly root: string };
type Context = GrantContext & { readonly inventory: Inventory };

export class SignIn {
  readonly #context: Context;

  constructor(options: SignInOptions) {
    this.#context = {
      trustedIssuers: new Map(),
      ...options,
      tokens: new Tokens(options),
      devices: new DeviceCodes(options),
      attempts: new Attempts(options.clock),
    };
  }

  principal(authorization: string | undefined, origin: string): Promise<Principal> {
    return principalOf(authorization, origin, this.#context);
  }

  /** The answer where no token is asked for; undefined where one is. */
  async reply(request: OpenRequest): Promise<Reply | undefined> {
    const answer = routeOf(request, this.#context);
    if (answer === undefined) return undefined;
    try {
      return await answer();
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return oauthErrorReply(error, { ...this.#context, requestId: uuid(this.#context.random) });
    }
  }
}

function routeOf(request: OpenRequest, context: Context): (() => Promise<Reply>) | undefined {
  const { method, origin, path, query } = request;
  const lower = path.toLowerCase();
  const is = (verb: string, pattern: RegExp) => method === verb && pattern.test(lower);
  if (is("GET", /^\/metadata\/endpoints$/)) {
    const regions = context.inventory.regions.map(({ name }) => name);
    const place = { origin, tenantId: context.tenantId, regions };
    return async () => ok(metadataDocument(query.get("api-version") ?? "", place));
  }
  if (is("GET", /^\/devicelogin$/)) {
    return async () => devicePage({ userCode: query.get("user_code") ?? "" });
  }
  if (is("POST", /^\/devicelogin$/)) return () => approveDevice(request, context);
  if (is("GET", /^\/common\/userrealm\/[^/]+$/)) {
    return async () => ok({ ver: "1.0", account_type: "Managed", domain_name: "causeway" });
  }
  const parts =
    /^\/(adfs|[^/]+)(?:\/([^/]+))??\/(?:v2\.0\/)?(\.well-known\/openid-configuration|discovery\/(?:v2\.0\/)?keys|oauth2\/(?:v2\.0\/)?(?:token|devicecode))$/.exec(
      lower,
    );
  const [, first = "", second, what = ""] = parts ?? [];
  if (parts === null || (first !== "adfs" && second !== undefined)) return undefined;
  const isRead = !what.startsWith("oauth2");
  if (method !== (isRead ? "GET" : "POST")) return undefined;
  const tenant = first === "adfs" ? second : first;
  return async () => {
    // az looks a name up that is not a GUID; the document is the same for every name.
    if (!isRead) requireTenant(tenant, context);
    const style = first === "adfs" ? "adfs" : "tenant";
    const root = style === "adfs" ? `${origin}/adfs` : `${origin}/${context.tenantId}`;
    return answerDirectory(request, what, { context, directory: { style, root } });
  };
}

async function answerDirectory(
  request: OpenRequest,
  what: string,
  { context, directory }: { context: Context; directory: Directory },
): Promise<Reply> {
  const { origin, path, address } = request;
  if (what.startsWith(".well-known")) {
    return ok(openIdDocument(context.tokens.issuer(origin, directory.style), directory));
  }
  if (what.startsWith("discovery")) return ok({ keys: await context.tokens.keys.published() });
  const form = await request.form();
  if (what.endsWith("devicecode")) return ok(startDevice(form, origin, context));
  const { style } = directory;
  const asked = { form, origin, style, address, url: `${origin}${path}` };
  return ok(await tokenAnswer(asked, context));
}

function openIdDocument(issuer: string, { style, root }: Directory): JsonObject {
  const version = style === "adfs" ? "" : "/v2.0";
  return {
    issuer,
    authorization_endpoint: `${root}/oauth2${version}/authorize`,
    token_endpoint: `${root}/oauth2${version}/token`,
    device_authorization_endpoint: `${root}/oauth2${version}/devicecode`,
    jwks_uri: `${root}/discovery${version}/keys`,
    response_types_supported: ["code", "id_token", "token"],
    response_modes_supported: ["query", "form_post"],
    subject_types_supported: ["pairwise"],
    scopes_supported: ["openid", "profile", "offline_access"],
    id_token_signing_alg_values_supported: [signingAlgorithm],
    token_endpoint_auth_methods_supported: ["client_secret_post", "private_key_jwt"],
    claims_supported: ["sub", "iss", "aud", "exp", "iat", "oid", "tid", "upn"],
  };
}

function requireTenant(tenant: string | undefined, { tenantId }: Context): void {
  const known = [undefined, "adfs", "common", "organizations", tenantId.toLowerCase()];
  if (known.includes(tenant)) return;
  throw new OAuthError(
    "invalid_request",
    `There is no tenant '${String(tenant).slice(0, 100)}' here; credentials.json has the tenantId.`,
  );
}

function startDevice(form: URLSearchParams, origin: string, { devices }: Context): JsonObject {
  const clientId = form.get("client_id") ?? "";
  if (clientId === "") throw new OAuthError("invalid_request", "client_id is missing.");
  const { deviceCode, userCode } = devices.start(clientId.slice(0, 200));
  const page = `${origin}/devicelogin`;
  return {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: page,
    verification_url: page,
    expires_in: deviceSeconds,
    interval: pollSeconds,
    message: `To sign in, open ${page} in a browser and enter the code ${userCode}.`,
  };
}

async function approveDevice(request: OpenRequest, context: Context): Promise<Reply> {
  const form = await request.form();
  const userCode = form.get("user_code") ?? "";
  try {
    const { objectId } = await byPassword({ form, address: request.address }, context);
    if (context.devices.approve(userCode, objectId)) {
      return devicePage({ done: true, notice: "Approved. You can close this page." });
    }
    return devicePage({ notice: "No device waits with this code; it may have expired." });
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return devicePage({ userCode, notice: error.message });
  }
}

function ok(body: Json): Reply {
  return { status: 200, body };
}
