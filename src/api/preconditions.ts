import { ArmError } from "../domain/errors.ts";
import type { StoredResource } from "../store/store.ts";
import type { Call } from "./context.ts";

/** RFC 9110 §13.1: `If-Match` needs the version that is stored, `*` any; `If-None-Match: *` needs none. */
export function checkPreconditions(call: Call, resource: StoredResource | undefined): void {
  const match = call.header("if-match");
  const noneMatch = call.header("if-none-match");
  if (match !== undefined && !matches(match, resource)) {
    throw failed(
      resource === undefined
        ? "If-Match is refused: the resource does not exist; leave the header out to create it."
        : `If-Match is refused: ${match.slice(0, 100)} is not the stored version; read the resource again and send its etag W/"${resource.etag}".`,
    );
  }
  if (noneMatch !== undefined && matches(noneMatch, resource)) {
    throw failed(
      "If-None-Match is refused: the resource exists; leave the header out to update it.",
    );
  }
}

function matches(header: string, resource: StoredResource | undefined): boolean {
  if (resource === undefined) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === `"${resource.etag}"`);
}

function failed(message: string): ArmError {
  return new ArmError({ status: 412, code: "PreconditionFailed", message });
}
