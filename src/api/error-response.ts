import type { Log } from "../base/log.ts";
import { ArmError } from "../domain/errors.ts";
import { defined } from "../domain/fields.ts";
import { StorageError } from "../store/storage-error.ts";
import type { JsonObject } from "../store/store.ts";
import type { Reply } from "./context.ts";

/** The one place where an error becomes HTTP. */
export function errorReply(
  error: unknown,
  { log, requestId, origin }: { log: Log; requestId: string; origin: string },
): Reply {
  if (error instanceof ArmError && error.status === 401) return unauthenticated(error, origin);
  if (error instanceof ArmError) return armReply(error);
  if (error instanceof StorageError) {
    log("error", "The store failed.", { requestId, code: error.code, reason: error.message });
    const problem = new ArmError({
      status: 503,
      code: "StorageUnavailable",
      message: `Nothing was kept: ${error.message}`,
    });
    return { ...armReply(problem), headers: { "Retry-After": "10" } };
  }
  log("error", "A request failed through a fault of ours.", {
    requestId,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return armReply(
    new ArmError({
      status: 500,
      code: "InternalServerError",
      message: `The request failed through a fault of ours; report it with the id ${requestId}.`,
    }),
  );
}

function armReply(error: ArmError): Reply {
  return { status: error.status, body: { error: errorBody(error) } };
}

/** RFC 6750 §3, with the address to sign in at as ARM names it. */
function unauthenticated(error: ArmError, origin: string): Reply {
  const said = error.message.replace(/["\\]/g, "'");
  const challenge = `Bearer authorization_uri="${origin}/adfs", error="invalid_token", error_description="${said}"`;
  return { ...armReply(error), headers: { "WWW-Authenticate": challenge } };
}

function errorBody(error: ArmError): JsonObject {
  return defined({
    code: error.code,
    message: error.message,
    target: error.target,
    details: error.details.map(errorBody),
  });
}
