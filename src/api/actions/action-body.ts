import type { z } from "zod";
import { allOf, refuse } from "../../domain/errors.ts";
import { isObject } from "../../domain/fields.ts";
import { parseBody } from "../../domain/resource-body.ts";
import type { Call } from "../context.ts";

/** The body of an action as its schema has it; everything that is refused is thrown at once. */
export async function actionBody<Body>(call: Call, schema: z.ZodType<Body>): Promise<Body> {
  const raw = await call.json();
  if (!isObject(raw)) {
    throw refuse("InvalidRequestContent", "", "The body is not a JSON object; send one.");
  }
  const { body, refusals } = parseBody({ schema, ignored: [] }, (cleaned) => cleaned, raw);
  const error = allOf(refusals);
  if (error !== undefined) throw error;
  // Only the schema makes bodies.
  return body as unknown as Body;
}
