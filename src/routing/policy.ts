/**
 * Route policy: the first rule that matches a route decides, and no match is a denial.
 *
 * RFC 8212 (no policy means no routes over eBGP), RFC 1997 (communities).
 */
import { type Prefix, prefixContains, prefixOf } from "../base/prefix.ts";
import type { PrefixMatch, RoutePolicy } from "../fabric/intent.ts";

/** An entry of a prefix list; the first that covers the prefix decides whether the list matches. */
export type PrefixEntry = {
  readonly action: "permit" | "deny";
  readonly prefix: Prefix;
  readonly minimumLength: number;
  readonly maximumLength: number;
};

type PolicyRuleModel = {
  readonly action: "permit" | "deny";
  /** Absent: every prefix. */
  readonly prefixes?: readonly PrefixEntry[];
  /** Absent: whatever the route carries; otherwise it carries one of these. */
  readonly communities?: readonly string[];
  readonly setWeight?: number;
  readonly setLocalPreference?: number;
  readonly prepend: readonly number[];
  readonly addCommunities: readonly string[];
};

export type PolicyModel = readonly PolicyRuleModel[];

export const permitAll: PolicyModel = [{ action: "permit", prepend: [], addCommunities: [] }];
export const denyAll: PolicyModel = [];

/** What a policy may read and change of a route. */
export type PolicySubject = {
  readonly prefix: Prefix;
  readonly path: readonly number[];
  readonly communities: readonly string[];
  readonly weight: number;
};

/** The route as the policy leaves it, or undefined where it is denied. */
export function applyPolicy<Route extends PolicySubject>(
  policy: PolicyModel,
  route: Route,
): Route | undefined {
  const rule = policy.find((candidate) => ruleMatches(candidate, route));
  if (rule === undefined || rule.action === "deny") return undefined;
  if (
    rule.setWeight === undefined &&
    rule.setLocalPreference === undefined &&
    rule.prepend.length === 0 &&
    rule.addCommunities.length === 0
  ) {
    return route;
  }
  return {
    ...route,
    weight: rule.setWeight ?? route.weight,
    ...(rule.setLocalPreference !== undefined && { localPreference: rule.setLocalPreference }),
    path: [...rule.prepend, ...route.path],
    communities: [...new Set([...route.communities, ...rule.addCommunities])],
  };
}

export function policyModel(policy: RoutePolicy): PolicyModel {
  return policy.map((rule) => ({
    action: rule.action,
    ...(rule.prefixes && { prefixes: rule.prefixes.map((match) => prefixEntry("permit", match)) }),
    ...(rule.communities && { communities: rule.communities }),
    ...(rule.setWeight !== undefined && { setWeight: rule.setWeight }),
    ...(rule.setLocalPreference !== undefined && { setLocalPreference: rule.setLocalPreference }),
    prepend: rule.prepend ?? [],
    addCommunities: rule.addCommunities ?? [],
  }));
}

/** Without `ge` and `le` the exact length; `ge` alone reaches to the end, as in a router's prefix list. */
export function prefixEntry(action: "permit" | "deny", match: PrefixMatch): PrefixEntry {
  const prefix = prefixOf(match.prefix);
  const longest = prefix.family === "ipv4" ? 32 : 128;
  const open = match.ge === undefined ? prefix.length : longest;
  return {
    action,
    prefix,
    minimumLength: match.ge ?? prefix.length,
    maximumLength: match.le ?? open,
  };
}

function ruleMatches(
  { prefixes, communities }: PolicyRuleModel,
  { prefix, communities: carried }: PolicySubject,
): boolean {
  if (communities?.every((community) => !carried.includes(community))) return false;
  if (prefixes === undefined) return true;
  const entry = prefixes.find(
    (candidate) =>
      prefix.length >= candidate.minimumLength &&
      prefix.length <= candidate.maximumLength &&
      prefixContains(candidate.prefix, prefix),
  );
  return entry?.action === "permit";
}
