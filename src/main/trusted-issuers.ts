/** Issuers whose assertions stand for applications: their keys, by OpenID Connect Discovery 1.0 §4. */
import { createRemoteJWKSet, type JWTVerifyGetKey } from "jose";
import type { TrustedIssuers } from "../api/sign-in/client-proof.ts";
import { UsageError } from "../cli/usage-error.ts";

const DISCOVERY_WITHIN_MS = 5_000;

export function trustedIssuers(urls: readonly string[]): TrustedIssuers {
  return new Map(urls.map((url) => [issuerNamed(url), keysOf(issuerNamed(url))]));
}

function issuerNamed(text: string): string {
  const loopback = /^http:\/\/(127\.0\.0\.1|localhost)(:\d+)?(\/|$)/.test(text);
  if (URL.canParse(text) && (text.startsWith("https://") || loopback)) return text;
  throw new UsageError(
    `'${text}' is no issuer: give the https address that its tokens name as 'iss'.`,
  );
}

/** Found at the first use and kept; a failure is tried again at the next. */
function keysOf(issuer: string): JWTVerifyGetKey {
  let found: Promise<JWTVerifyGetKey> | undefined;
  return async (header, token) => {
    found ??= discover(issuer);
    found.catch(() => {
      found = undefined;
    });
    return (await found)(header, token);
  };
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(url, { signal: AbortSignal.timeout(DISCOVERY_WITHIN_MS) });
  const document = (await response.json()) as { issuer?: string; jwks_uri?: string };
  if (document.issuer !== issuer || document.jwks_uri === undefined)
    throw new Error(`${url} does not describe the issuer ${issuer}.`);
  return createRemoteJWKSet(new URL(document.jwks_uri));
}
