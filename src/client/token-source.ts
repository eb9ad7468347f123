/** Tokens for the client: fetched when the first is needed, and again shortly before one ends. */
import { type Clock, systemClock } from "../base/clock.ts";

export type TokenSource = () => Promise<string>;

export type ApplicationCredentials = {
  readonly endpoint: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fetch?: (request: Request) => Promise<Response>;
  readonly clock?: Clock;
};

const renewBeforeMs = 300_000;

/** The grant of RFC 6749 §4.4. */
export function clientCredentials(credentials: ApplicationCredentials): TokenSource {
  const clock = credentials.clock ?? systemClock;
  let held: { token: Promise<string>; until: number } | undefined;
  return () => {
    if (held !== undefined && held.until > clock.now()) return held.token;
    const asked = requestToken(credentials);
    const entry = { token: asked.then(({ token }) => token), until: Number.POSITIVE_INFINITY };
    held = entry;
    asked.then(
      ({ seconds }) => {
        entry.until = clock.now() + seconds * 1_000 - renewBeforeMs;
      },
      () => {
        if (held === entry) held = undefined;
      },
    );
    return entry.token;
  };
}

async function requestToken(
  credentials: ApplicationCredentials,
): Promise<{ token: string; seconds: number }> {
  const { endpoint, tenantId, clientId, clientSecret } = credentials;
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    scope: `${endpoint}/.default`,
  });
  const url = `${endpoint}/${tenantId}/oauth2/v2.0/token`;
  const response = await (credentials.fetch ?? fetch)(new Request(url, { method: "POST", body }));
  const answer = (await response.json()) as {
    access_token?: string;
    expires_in?: number;
    error_description?: string;
  };
  if (answer.access_token === undefined) {
    throw new Error(`Signing in failed: ${answer.error_description ?? `HTTP ${response.status}`}`);
  }
  return { token: answer.access_token, seconds: answer.expires_in ?? 0 };
}
