/** How an application shows who it is: a secret, or an assertion signed by its own key or by an issuer it is known to (RFC 7521, RFC 7523). */
import { createPublicKey } from "node:crypto";
import { decodeJwt, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Clock } from "../../base/clock.ts";
import type { RecordReader } from "../../store/store.ts";
import { type Account, accountOfClient } from "./account.ts";
import { OAuthError } from "./oauth-error.ts";
import { matchesSecret } from "./secret-hash.ts";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** The audience that federated workloads are used to. */
const federatedAudience = "api://AzureADTokenExchange";
/** Asymmetric ones alone: a shared secret would make the public key a password. */
const algorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "EdDSA",
];

export type TrustedIssuers = ReadonlyMap<string, JWTVerifyGetKey>;

export type ProofContext = {
  readonly store: RecordReader;
  readonly clock: Clock;
  readonly trustedIssuers: TrustedIssuers;
  /** What an assertion of the application's own may name as its audience. */
  readonly audiences: readonly string[];
};

export async function proveClient(
  form: URLSearchParams,
  clientId: string,
  context: ProofContext,
): Promise<Account> {
  const account = await accountOfClient(context.store, clientId);
  const assertion = form.get("client_assertion");
  if (assertion !== null) {
    if (form.get("client_assertion_type") !== assertionType) {
      throw new OAuthError("invalid_request", `client_assertion_type has to be ${assertionType}.`);
    }
    if (account !== undefined && (await isGood(assertion, account, context))) return account;
  } else if (await matchesSecret(form.get("client_secret") ?? "", account?.secretHash)) {
    if (account !== undefined) return account;
  }
  throw new OAuthError(
    "invalid_client",
    "The client is unknown, or its secret or assertion is wrong; credentials.json in the data folder has those of the first start.",
  );
}

async function isGood(
  assertion: string,
  account: Account,
  { clock, trustedIssuers, audiences }: ProofContext,
): Promise<boolean> {
  const times: JWTVerifyOptions = {
    algorithms,
    currentDate: new Date(clock.now()),
    clockTolerance: 60,
    requiredClaims: ["exp"],
  };
  try {
    const { iss } = decodeJwt(assertion);
    const { publicKey, federated, clientId } = account;
    if (publicKey !== undefined && iss === clientId) {
      const key = createPublicKey({ key: publicKey, format: "jwk" });
      const expected = { issuer: clientId, subject: clientId, audience: [...audiences] };
      await jwtVerify(assertion, key, { ...times, ...expected });
      return true;
    }
    const keys = federated === undefined ? undefined : trustedIssuers.get(federated.issuer);
    if (federated === undefined || keys === undefined || iss !== federated.issuer) return false;
    await jwtVerify(assertion, keys, {
      ...times,
      issuer: federated.issuer,
      subject: federated.subject,
      audience: [...audiences, federatedAudience],
    });
    return true;
  } catch {
    return false;
  }
}
