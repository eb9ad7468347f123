/** The body of a request that is about no resource: read by its schema, with all that is refused of it. */
import type { z } from "zod";
import { type ArmError, refuse } from "../domain/errors.ts";
import { isObject } from "../domain/fields.ts";
import { parseBody } from "../domain/resource-body.ts";
import type { Json, JsonObject } from "../store/store.ts";
import type { Call } from "./context.ts";

type Shape<Body> = {
  readonly schema: z.ZodType<Body>;
  /** What is answered with and may be sent back. */
  readonly ignored?: readonly string[];
  /** What no refusal shows. */
  readonly secret?: readonly string[];
};

export type AskedBody<Body> = {
  readonly raw: JsonObject;
  /** Where something is refused it holds stand-ins, if anything. */
  readonly asked?: Body;
  readonly refusals: readonly ArmError[];
};

export async function askedBody<Body>(
  call: Pick<Call, "json">,
  { schema, ignored = [], secret = [] }: Shape<Body>,
): Promise<AskedBody<Body>> {
  const raw = requireObject(await call.json());
  const { body, refusals } = parseBody({ schema, ignored, secret }, (cleaned) => cleaned, raw);
  // Only the schema makes bodies.
  return { raw, refusals, ...(body === undefined ? {} : { asked: body as unknown as Body }) };
}

export function requireObject(body: Json): JsonObject {
  if (isObject(body)) return body;
  throw refuse("InvalidRequestContent", "", "The body is not a JSON object; send one.");
}
