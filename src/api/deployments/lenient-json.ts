/** Bodies as some clients write them: with comments, and with names that have no quotes. */
import JSON5 from "json5";
import { ArmError } from "../../domain/errors.ts";
import type { Json } from "../../store/store.ts";

const depthMax = 48;

export function parseLenient(source: string): Json {
  const value = parsed(source);
  if (depthBeyond(value, depthMax)) {
    throw invalid(`The template nests deeper than ${depthMax} levels; send a flatter one.`);
  }
  return value;
}

function parsed(source: string): Json {
  try {
    return JSON.parse(source) as Json;
  } catch {
    // Most bodies are plain JSON; the lenient reader is an order of magnitude slower.
  }
  try {
    // Through text once more: what JSON5 has beyond JSON (NaN, Infinity) becomes null.
    return JSON.parse(JSON.stringify(JSON5.parse(source))) as Json;
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : "";
    throw invalid(`The body is not JSON (${reason}); send one JSON object.`);
  }
}

/** Looks no deeper than it has to. */
function depthBeyond(value: Json, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some((part) => depthBeyond(part, levels - 1));
}

function invalid(message: string): ArmError {
  return new ArmError({ status: 400, code: "InvalidRequestContent", message });
}
