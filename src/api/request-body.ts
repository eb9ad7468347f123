import { ArmError } from "../domain/errors.ts";
import type { Json } from "../store/store.ts";

const bodyBytesMax = 1_048_576;
const bodyDepthMax = 32;

/** The body of a request as JSON. */
export async function readJson(request: Request): Promise<Json> {
  return parseJson(await readText(request));
}

/** As RFC 8259 has it; no text is an empty object. */
export function parseJson(text: string): Json {
  if (text.trim() === "") return {};
  if (depthOf(text) > bodyDepthMax) {
    throw invalid(
      `The body nests deeper than ${bodyDepthMax} levels; no resource needs more than ten.`,
    );
  }
  try {
    // Text that JSON.parse accepts is JSON.
    return JSON.parse(text) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : "";
    throw invalid(`The body is not JSON (${reason}); send one JSON object.`);
  }
}

/** The body as text, for what is not quite JSON. */
export async function readText(request: Request): Promise<string> {
  return decode(await readBytes(request));
}

/** The body as a form (`application/x-www-form-urlencoded`). */
export async function readForm(request: Request): Promise<URLSearchParams> {
  return new URLSearchParams(decode(await readBytes(request)));
}

async function readBytes(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > bodyBytesMax) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (request.body === null) return new Uint8Array();
  try {
    for await (const chunk of request.body) {
      size += chunk.byteLength;
      if (size > bodyBytesMax) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    // The stream is the client's: where it breaks, the client has gone or was too slow.
    throw error instanceof ArmError ? error : invalid("The body broke off; send all of it.");
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalid("The body is not UTF-8; send it in UTF-8.");
  }
}

/** Counted on the text, so that nothing has to walk a tree of unknown depth. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (inString) {
      if (char === "\\") index += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{" || char === "[") {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (char === "}" || char === "]") depth -= 1;
  }
  return deepest;
}

function invalid(message: string): ArmError {
  return new ArmError({ status: 400, code: "InvalidRequestContent", message });
}

function tooLarge(): ArmError {
  return new ArmError({
    status: 413,
    code: "RequestEntityTooLarge",
    message: `The body is larger than ${bodyBytesMax} bytes; send less.`,
  });
}
