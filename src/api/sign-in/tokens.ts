/** Access, refresh and id tokens: JWTs (RFC 7519) signed by this server and good at its own origin. */
import { type JWTPayload, jwtVerify, type ProtectedHeaderParameters, SignJWT } from "jose";
import type { Clock } from "../../base/clock.ts";
import { type Random, uuid } from "../../base/random.ts";
import type { Store } from "../../store/store.ts";
import type { Account } from "./account.ts";
import { apiAudiences } from "./audience.ts";
import { SigningKeys, signingAlgorithm } from "./signing-keys.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

/** azurerm renews when less than twenty minutes are left, az when less than five. */
export const accessSeconds = 3_900;
export const refreshSeconds = 14 * 86_400;

const refreshType = "refresh+jwt";
const refreshAudience = "urn:causeway:token-endpoint";

/** The two ways in which clients build the addresses of a directory. */
export type Style = "adfs" | "tenant";

export type TokenOptions = {
  readonly store: Store;
  readonly sealKey: Uint8Array;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly random: Random;
};

export class Tokens {
  readonly keys: SigningKeys;
  readonly #verified: VerifiedTokens;
  readonly #options: TokenOptions;

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#verified = new VerifiedTokens(options.clock);
    this.keys = new SigningKeys({ ...options, tokenMs: refreshSeconds * 1_000 });
  }

  issuer(origin: string, style: Style): string {
    return style === "adfs" ? `${origin}/adfs` : `${origin}/${this.#options.tenantId}/v2.0`;
  }

  access(
    account: Account,
    place: { origin: string; style: Style; audience: string; clientId: string },
  ): Promise<string> {
    const appid = account.kind === "application" ? account.clientId : place.clientId;
    return this.#sign({
      ...this.#about(account),
      iss: this.issuer(place.origin, place.style),
      aud: place.audience,
      appid,
      azp: appid,
      idtyp: account.kind === "application" ? "app" : "user",
      roles: [account.role],
      ver: "1.0",
      ...(account.kind === "user" ? { upn: account.name } : {}),
      exp: accessSeconds,
    });
  }

  id(account: Account, place: { origin: string; style: Style; clientId: string }): Promise<string> {
    return this.#sign({
      ...this.#about(account),
      iss: this.issuer(place.origin, place.style),
      aud: place.clientId,
      preferred_username: account.name,
      upn: account.name,
      name: account.name,
      ver: "2.0",
      exp: accessSeconds,
    });
  }

  refresh(account: Account, clientId: string): Promise<string> {
    const { tenantId } = this.#options;
    return this.#sign(
      {
        sub: account.objectId,
        iss: tenantId,
        aud: refreshAudience,
        client_id: clientId,
        account_of: account.changedAt,
        exp: refreshSeconds,
      },
      refreshType,
    );
  }

  /** The claims of an access token for this origin; anything else is an error of jose. */
  async verifyAccess(token: string, origin: string): Promise<JWTPayload> {
    return this.#verified.claims(token, origin, () =>
      this.#verify(token, {
        typ: "JWT",
        issuer: [this.issuer(origin, "adfs"), this.issuer(origin, "tenant")],
        audience: apiAudiences(origin),
        // An id token has no `idtyp`, whatever client it is for.
        requiredClaims: ["exp", "oid", "tid", "idtyp"],
      }),
    );
  }

  async verifyRefresh(token: string): Promise<JWTPayload> {
    return this.#verify(token, {
      typ: refreshType,
      issuer: this.#options.tenantId,
      audience: refreshAudience,
      requiredClaims: ["exp", "sub", "client_id", "account_of"],
    });
  }

  #about({ objectId }: Account): JWTPayload {
    return { oid: objectId, sub: objectId, tid: this.#options.tenantId };
  }

  async #sign({ exp, ...claims }: JWTPayload & { exp: number }, typ = "JWT"): Promise<string> {
    const { clock, random } = this.#options;
    const { id, privateKey } = await this.keys.current();
    const now = Math.floor(clock.now() / 1_000);
    return new SignJWT({ ...claims, jti: uuid(random), iat: now, nbf: now, exp: now + exp })
      .setProtectedHeader({ alg: signingAlgorithm, typ, kid: id })
      .sign(privateKey);
  }

  async #verify(
    token: string,
    expected: {
      typ: string;
      issuer: string | string[];
      audience: string | string[];
      requiredClaims: string[];
    },
  ): Promise<JWTPayload> {
    const keyOf = async ({ kid }: ProtectedHeaderParameters) => {
      const key = await this.keys.withId(String(kid));
      if (key === undefined) throw new Error("no key of ours signed it");
      return key.publicKey;
    };
    const { payload } = await jwtVerify(token, keyOf, {
      ...expected,
      algorithms: [signingAlgorithm],
      currentDate: new Date(this.#options.clock.now()),
    });
    return payload;
  }
}
