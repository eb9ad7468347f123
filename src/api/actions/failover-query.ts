/** Words of the query of a failover test. */
import { type ArmError, invalidField, requiredField } from "../../domain/errors.ts";
import type { Call } from "../context.ts";

/** A word that must be one of some. */
export function queryWord<Word extends string>(
  { query }: Call,
  name: string,
  values: readonly Word[],
): { readonly word?: Word; readonly refusals: readonly ArmError[] } {
  const sent = query.get(name);
  const passes = `must be one of ${values.join(", ")}`;
  if (sent === null || sent === "") return { refusals: [requiredField(name, passes)] };
  const word = values.find((value) => value === sent);
  if (word !== undefined) return { word, refusals: [] };
  return { refusals: [invalidField(name, sent.slice(0, 100), passes)] };
}

/** The same where it may be left out. */
export function optionalWord<Word extends string>(
  call: Call,
  name: string,
  values: readonly Word[],
): ReturnType<typeof queryWord<Word>> {
  return call.query.get(name) ? queryWord(call, name, values) : { refusals: [] };
}

const flags = ["true", "false"] as const;
const kinds = ["SingleSiteFailover", "MultiSiteFailover", "All"] as const;

/** Which of the tests are asked for, newest first; the name of the kind of test differs. */
export function testsAsked(call: Call, kindName: string) {
  const latest = optionalWord(call, "fetchLatest", flags);
  const kind = optionalWord(call, kindName, kinds);
  return {
    refusals: [...kind.refusals, ...latest.refusals],
    kind: kind.word,
    isLatest: latest.word === "true",
  };
}
