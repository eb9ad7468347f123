import { type Clock, isoTime } from "../../base/clock.ts";
import type { Reply } from "../context.ts";

type Code =
  | "invalid_request"
  | "invalid_client"
  | "invalid_grant"
  | "invalid_scope"
  | "unsupported_grant_type"
  | "authorization_pending"
  | "slow_down"
  | "expired_token"
  | "temporarily_unavailable";

/** A refusal of the token endpoints, in the words of RFC 6749 §5.2 and RFC 8628 §3.5. */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  readonly code: Code;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: Code, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function oauthErrorReply(
  { code, message, retryAfterSeconds }: OAuthError,
  { clock, requestId }: { clock: Clock; requestId: string },
): Reply {
  const tooMany = code === "temporarily_unavailable";
  return {
    status: tooMany ? 429 : code === "invalid_client" ? 401 : 400,
    headers: {
      ...(retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) }),
      ...(code === "invalid_client" ? { "WWW-Authenticate": 'Basic realm="token"' } : {}),
    },
    body: {
      error: code,
      error_description: message,
      error_codes: [],
      timestamp: isoTime(clock),
      trace_id: requestId,
      correlation_id: requestId,
    },
  };
}
