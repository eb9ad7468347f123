/** What the matrix asks of every variant: a name, a sentence, and how it is seen to hold. */
import type { Standing } from "./standing.ts";

export type Feature = {
  readonly name: string;
  readonly says: string;
  /** Ends where it holds, throws with what was seen where it does not, and leaves the variant as it found it. */
  check(standing: Standing): Promise<void>;
  /** Variants whose circuits cross the same hand-off feel it of each other: they take turns. */
  readonly cutsHandOff?: true;
};

/** A difference between the models that is documented, with its reason. */
export class NotApplicable extends Error {
  override readonly name = "NotApplicable";
}

export function notApplicable(reason: string): never {
  throw new NotApplicable(reason);
}

export function must(holds: boolean, seen: string): asserts holds {
  if (!holds) throw new Error(seen);
}
