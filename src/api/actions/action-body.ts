import type { z } from "zod";
import { throwAny } from "../../domain/errors.ts";
import { askedBody } from "../asked-body.ts";
import type { Call } from "../context.ts";

/** The body of an action as its schema has it; everything that is refused is thrown at once. */
export async function actionBody<Body>(call: Call, schema: z.ZodType<Body>): Promise<Body> {
  const { asked, refusals } = await askedBody(call, { schema });
  throwAny(refusals);
  if (asked === undefined) throw new Error("a body that cannot be read was refused above");
  return asked;
}
