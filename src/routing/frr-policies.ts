/** Prefix lists and route maps of a router's text, read into policies. */
import { parsePrefix } from "../base/prefix.ts";
import type { Family } from "../fabric/intent.ts";
import { denyAll, type PolicyModel, type PrefixEntry, prefixEntry } from "./policy.ts";

type RouteMapRule = {
  readonly sequence: number;
  readonly action: "permit" | "deny";
  readonly lists: { readonly family: Family; readonly name: string }[];
  prepend: readonly number[];
  communities: readonly string[];
  weight?: number;
};

const prefixListLine =
  /^(ip|ipv6) prefix-list (\S+)(?: seq (\d+))? (permit|deny) (\S+)(?: ge (\d+))?(?: le (\d+))?$/;

export class FrrPolicies {
  private readonly lists = new Map<string, { sequence: number; entry: PrefixEntry }[]>();
  private readonly maps = new Map<string, RouteMapRule[]>();
  private rule: RouteMapRule | undefined;

  readPrefixList(line: string): boolean {
    if (/^(ip|ipv6) prefix-list \S+ description /.test(line)) return true;
    const match = prefixListLine.exec(line);
    if (!match) return false;
    const [, word, name = "", sequence, action, prefix = "", ge, le] = match;
    const family = word === "ip" ? "ipv4" : "ipv6";
    const any = family === "ipv4" ? "0.0.0.0/0" : "::/0";
    const text = prefix === "any" ? any : prefix;
    if (parsePrefix(text)?.family !== family) return false;
    const longest = family === "ipv4" ? 32 : 128;
    const entry = prefixEntry(action === "permit" ? "permit" : "deny", {
      prefix: text,
      ...(ge !== undefined && { ge: Number(ge) }),
      ...(le !== undefined && { le: Number(le) }),
      ...(prefix === "any" && { le: longest }),
    });
    const key = `${family} ${name}`;
    const entries = this.lists.get(key) ?? [];
    const last = entries.at(-1)?.sequence ?? 0;
    entries.push({ sequence: sequence === undefined ? last + 5 : Number(sequence), entry });
    this.lists.set(key, entries);
    return true;
  }

  openRouteMap(line: string): boolean {
    const match = /^route-map (\S+) (permit|deny) (\d+)$/.exec(line);
    if (!match) return false;
    const [, name = "", action, sequence] = match;
    this.rule = {
      sequence: Number(sequence),
      action: action === "permit" ? "permit" : "deny",
      lists: [],
      prepend: [],
      communities: [],
    };
    this.maps.set(name, [...(this.maps.get(name) ?? []), this.rule]);
    return true;
  }

  readRouteMap(line: string): boolean {
    const { rule } = this;
    if (rule === undefined) return false;
    const list = /^match (ip|ipv6) address prefix-list (\S+)$/.exec(line);
    if (list) {
      rule.lists.push({ family: list[1] === "ip" ? "ipv4" : "ipv6", name: list[2] ?? "" });
      return true;
    }
    const prepend = /^set as-path prepend ((?:\d+ ?)+)$/.exec(line);
    if (prepend) rule.prepend = (prepend[1] ?? "").trim().split(" ").map(Number);
    const weight = /^set weight (\d+)$/.exec(line);
    if (weight) rule.weight = Number(weight[1]);
    const community = /^set community ((?:\d+:\d+ )+)additive$/.exec(line);
    if (community) rule.communities = (community[1] ?? "").trim().split(" ");
    return prepend !== null || weight !== null || community !== null;
  }

  /** A route map that is named and not written denies everything, as FRR does. */
  policy(name: string, family: Family): PolicyModel {
    const rules = this.maps.get(name) ?? denyAll;
    if (rules.length === 0) return denyAll;
    return (this.maps.get(name) ?? [])
      .toSorted((one, other) => one.sequence - other.sequence)
      .map((rule) => ({
        action: rule.action,
        prepend: rule.prepend,
        addCommunities: rule.communities,
        ...(rule.weight !== undefined && { setWeight: rule.weight }),
        ...(rule.lists.length > 0 && { prefixes: this.entries(rule, family) }),
      }));
  }

  /** A match on the other family's list never holds; a list that does not exist holds for nothing. */
  private entries(rule: RouteMapRule, family: Family): readonly PrefixEntry[] {
    return rule.lists
      .filter((list) => list.family === family)
      .flatMap((list) => this.lists.get(`${family} ${list.name}`) ?? [])
      .toSorted((one, other) => one.sequence - other.sequence)
      .map(({ entry }) => entry);
  }
}
