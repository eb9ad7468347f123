/** What can be asked of a resource beside its verbs: one definition each, found by its type and its words. */
import type { z } from "zod";
import { refuse } from "../../domain/errors.ts";
import type { StoredResource } from "../../store/store.ts";
import type { Call, Reply } from "../context.ts";

export type ActionDefinition = {
  /** Type of the resource that it is asked of. */
  readonly type: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** What follows the resource in the path: `arpTables/{devicePath}`; a part in braces takes any word. */
  readonly path: string;
  /** What it is sent; absent where it reads no body. */
  readonly body?: z.ZodType;
  /** Every request is answered with why it has no meaning here. */
  readonly refused?: true;
  /** What writes ends its transaction with `endDryRun`; what reads is the same in a dry run. */
  answer(call: Call, resource: StoredResource, words: Words): Promise<Reply>;
};

/** One whose every request is refused, with why and with what to do instead. */
export function refusedAction(
  type: string,
  path: string,
  { why, method = "POST" }: { why: string; method?: "POST" | "PUT" },
): ActionDefinition {
  return {
    type,
    method,
    path,
    refused: true,
    async answer() {
      throw refuse("NotOffered", path, `${path} is refused: ${why}.`);
    },
  };
}

/** The words that stood where the path has braces, by the names in them. */
export type Words = Readonly<Record<string, string>>;

/** The words of the path, or undefined where it is another one. */
export function matchPath(path: string, rest: readonly string[]): Words | undefined {
  const parts = path.split("/");
  if (parts.length !== rest.length) return undefined;
  const words: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const sent = rest[index] ?? "";
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined) words[name] = sent;
    else if (part.toLowerCase() !== sent.toLowerCase()) return undefined;
  }
  return words;
}
