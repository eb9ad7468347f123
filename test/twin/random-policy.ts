import type { PolicyRule, PrefixMatch, RoutePolicy } from "../../src/fabric/intent.ts";
import type { Dice } from "./dice.ts";

const communities = ["12076:50002", "64512:7", "65010:100"] as const;

type Wishes = {
  readonly networks: readonly string[];
  /** Whose number is put in front. */
  readonly asn: number;
  readonly isLeaf: boolean;
};

/** Mostly everything, with exceptions before it; now and then only what is named. */
export function randomPolicy(dice: Dice, wishes: Wishes): RoutePolicy {
  if (dice.chance(4)) return [];
  const exceptions = Array.from({ length: dice.between(0, 3) }, () => rule(dice, wishes));
  if (dice.chance(12)) return exceptions;
  return [...exceptions, { action: "permit", ...changes(dice, wishes, 25) }];
}

function rule(dice: Dice, wishes: Wishes): PolicyRule {
  const isDenied = dice.chance(40);
  const prefixes = dice
    .someOf(wishes.networks, dice.between(1, 3))
    .map((each) => match(dice, each));
  return {
    action: isDenied ? "deny" : "permit",
    prefixes,
    ...(isDenied ? {} : changes(dice, wishes, 60)),
  };
}

function changes(dice: Dice, { asn, isLeaf }: Wishes, percent: number): Partial<PolicyRule> {
  return {
    ...(isLeaf && dice.chance(percent) ? { setWeight: dice.oneOf([1, 10, 32_000]) } : {}),
    ...(dice.chance(percent) ? { prepend: Array(dice.between(1, 3)).fill(asn) } : {}),
    ...(dice.chance(percent) ? { addCommunities: dice.someOf(communities, 2) } : {}),
  };
}

function match(dice: Dice, prefix: string): PrefixMatch {
  const length = Number(prefix.split("/")[1]);
  const bits = prefix.includes(":") ? 128 : 32;
  if (length === bits || dice.chance(40)) return { prefix };
  if (dice.chance(30)) return { prefix, ge: Math.min(bits, length + 4), le: bits };
  return { prefix, le: dice.between(length + 1, bits) };
}
