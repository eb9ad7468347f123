import { ApiError } from "../../src/client/client.ts";

/** Status of a refusal, and the code of each of its reasons. */
export async function refusal(work: Promise<unknown>): Promise<readonly unknown[]> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw new Error(`not refused: ${String(error)}`);
  const all = error.details.length === 0 ? [error] : error.details;
  return [error.status, ...all.map(({ code }) => code)];
}
