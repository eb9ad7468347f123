/** `$filter` as ARM clients send it: comparisons and functions, joined by `and`. */
import { refuse } from "../domain/errors.ts";

export type Clause = {
  /** In lower case. */
  readonly field: string;
  /** `is` for a function. */
  readonly op: "eq" | "ge" | "le" | "is";
  readonly value: string;
};

const clause =
  /^\s*(?:([A-Za-z/]+)\s+(eq|ge|le)\s+(?:'((?:[^']|'')*)'|([^\s']+))|([A-Za-z]+)\(\s*(?:'((?:[^']|'')*)')?\s*\))\s*(?:and\s+|$)/i;

/** The clauses; what is none of the `known` (field and verb, `caller eq`) is refused with what is. */
export function parseFilter(text: string | null, known: readonly string[]): readonly Clause[] {
  const clauses: Clause[] = [];
  let rest = (text ?? "").trim();
  while (rest !== "") {
    const found = clause.exec(rest);
    const one = found === null ? undefined : clauseOf(found);
    const form = one === undefined ? "" : `${one.field} ${one.op}`;
    if (found === null || one === undefined || !known.some((each) => each.toLowerCase() === form)) {
      throw refuse(
        "InvalidParameter",
        "$filter",
        `$filter is refused at "${rest.slice(0, 100)}"; it joins these by 'and': ${known.map(print).join(", ")}.`,
      );
    }
    clauses.push(one);
    rest = rest.slice(found[0].length).trim();
  }
  return clauses;
}

function clauseOf([, field, op, quoted, bare, word, argument]: RegExpExecArray): Clause {
  const unquote = (value: string) => value.replaceAll("''", "'");
  if (word !== undefined) {
    return { field: word.toLowerCase(), op: "is", value: unquote(argument ?? "") };
  }
  const value = quoted === undefined ? (bare ?? "") : unquote(quoted);
  const verb = op?.toLowerCase();
  const known = verb === "ge" || verb === "le" ? verb : "eq";
  return { field: (field ?? "").toLowerCase(), op: known, value };
}

function print(known: string): string {
  return known.endsWith(" is") ? `${known.slice(0, -3)}()` : `${known} '…'`;
}
