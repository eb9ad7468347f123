/** Prefix lists as a customer writes them, for peerings and for joins. */
import { z } from "zod";
import { isNetwork, parsePrefix, prefixOf } from "../base/prefix.ts";
import type { PrefixMatch } from "../fabric/intent.ts";
import { type ArmError, refuse } from "./errors.ts";
import { limits } from "./limits.ts";
import { whole } from "./values.ts";

const prefixPasses =
  "must be a network such as 10.0.0.0/8, 0.0.0.0/0 or fd00::/8, its host bits zero";

const Match = z.strictObject(
  {
    prefix: z.string({ error: prefixPasses }).refine(
      (text) => {
        const prefix = parsePrefix(text);
        return prefix !== undefined && isNetwork(prefix);
      },
      { error: prefixPasses },
    ),
    ge: whole(0, 128).optional(),
    le: whole(0, 128).optional(),
  },
  { error: "must be an object with a prefix, and ge and le where longer ones are meant" },
);

export const Matches = z
  .array(Match, { error: "must be a list of {prefix, ge, le}" })
  .max(limits.filterPrefixes, { error: `must have at most ${limits.filterPrefixes} entries` });

/** As routers read a prefix list: `ge` alone reaches to the longest there are. */
export function matchOf({ prefix, ge, le }: z.infer<typeof Match>): PrefixMatch {
  const longest = prefix.includes(":") ? 128 : 32;
  const upto = le ?? (ge === undefined ? undefined : longest);
  return { prefix, ...(ge !== undefined && { ge }), ...(upto !== undefined && { le: upto }) };
}

/** What the shape alone does not tell. */
export function* matchRefusals(
  list: readonly z.infer<typeof Match>[],
  field: string,
): Generator<ArmError> {
  for (const [index, { prefix: text, ge, le }] of list.entries()) {
    const { family, length } = prefixOf(text);
    const longest = family === "ipv4" ? 32 : 128;
    const at = `${field}[${index}]`;
    const bounds = [length, ge ?? length, le ?? ge ?? length, longest];
    if (bounds.some((bound, place) => bound < (bounds[place - 1] ?? 0))) {
      yield refuse(
        "PrefixListInvalid",
        at,
        `${at} is refused: ge ${ge ?? "absent"} and le ${le ?? "absent"} do not fit ${text}; send ${length} <= ge <= le <= ${longest}.`,
      );
    }
    const twin = list.findIndex((one) => one.prefix === text && one.ge === ge && one.le === le);
    if (twin === index) continue;
    yield refuse(
      "PrefixListInvalid",
      at,
      `${at} is refused: it says the same as ${field}[${twin}]; leave one of them out.`,
    );
  }
}
