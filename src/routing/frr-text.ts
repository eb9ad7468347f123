/**
 * Reads the small FRR dialect that customer routers are configured with into the engine's model.
 * A line that is not known is named in `complaints`; nothing about it is guessed.
 */
import { parseAddress, parsePrefix, printAddress } from "../base/prefix.ts";
import type { StaticRoute } from "../fabric/intent.ts";
import type { BgpModel } from "./bgp-model.ts";
import { FrrBgp } from "./frr-bgp.ts";
import { FrrPolicies } from "./frr-policies.ts";

export type FrrConfiguration = {
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  readonly routes: readonly StaticRoute[];
  readonly bgp?: BgpModel;
  readonly complaints: readonly string[];
};

/** Understood, and without a meaning in a simulation. */
const withoutMeaning = [
  /^(frr (version|defaults)|hostname|log|service|line vty|password|enable password)\b/,
  /^(exit|end|exit-vrf|exit-address-family|exit-route-map)$/,
  /^(no )?(ip|ipv6) forwarding$/,
  /^(router-id \S+|debug .*|description .*|no shutdown|mtu \d+)$/,
  /^ip nht resolve-via-default$|^ipv6 nht resolve-via-default$/,
];

type Section = "top" | "interface" | "bgp" | "otherBgp" | "routeMap" | "bfd";

/** The configuration for the VRF `vrf`, `default` being the router's own tables. */
export function parseFrrText(text: string, vrf: string): FrrConfiguration {
  const parser = new FrrParser(vrf);
  for (const [index, line] of text.split("\n").entries()) {
    const words = line.trim();
    if (words === "" || words.startsWith("!") || words.startsWith("#")) continue;
    if (!parser.read(words)) {
      parser.complaints.push(
        `Line ${index + 1} of the router text is not understood: ${masked(words)}`,
      );
    }
  }
  return parser.finish();
}

/** A complaint is shown to people; a password in it is not. */
function masked(line: string): string {
  return line.replace(/\b(password)\s.*/, "$1 •••");
}

class FrrParser {
  readonly complaints: string[] = [];
  private readonly vrf: string;
  private readonly addresses = new Map<string, string[]>();
  private readonly routes = new Map<string, string[]>();
  private readonly policies = new FrrPolicies();
  private readonly bgp = new FrrBgp();
  private section: Section = "top";
  private interfaceName = "";

  constructor(vrf: string) {
    this.vrf = vrf;
  }

  read(line: string): boolean {
    if (this.opensSection(line)) return true;
    if (withoutMeaning.some((pattern) => pattern.test(line))) return this.skip(line);
    switch (this.section) {
      case "interface":
        return this.readInterface(line) || this.readTop(line);
      case "bgp":
        return this.bgp.read(line) || this.readTop(line);
      case "otherBgp":
        return true;
      case "routeMap":
        return this.policies.readRouteMap(line) || this.readTop(line);
      case "bfd":
        return this.bgp.readBfd(line) || this.readTop(line);
      case "top":
        return this.readTop(line);
    }
  }

  finish(): FrrConfiguration {
    const bgp = this.bgp.finish(this.policies);
    return {
      addresses: this.addresses,
      routes: [...this.routes].map(([prefix, via]) => ({ prefix, via })),
      complaints: [...this.complaints, ...this.bgp.complaints],
      ...(bgp && { bgp }),
    };
  }

  private skip(line: string): boolean {
    if (line === "exit-address-family") this.bgp.leaveFamily();
    return true;
  }

  private opensSection(line: string): boolean {
    const opened = /^interface (\S+)(?: vrf \S+)?$/.exec(line);
    if (opened?.[1] !== undefined) {
      this.section = "interface";
      this.interfaceName = opened[1];
      return true;
    }
    const router = /^router bgp (\d+)(?: vrf (\S+))?$/.exec(line);
    if (router) {
      const ours = (router[2] ?? this.vrf) === this.vrf;
      this.section = ours ? "bgp" : "otherBgp";
      if (ours) this.bgp.open(Number(router[1]));
      else this.complaints.push(`The router text has BGP for VRF ${router[2]}, not ${this.vrf}.`);
      return true;
    }
    if (this.policies.openRouteMap(line)) this.section = "routeMap";
    else if (line === "bfd") this.section = "bfd";
    else if (/^vrf \S+$/.test(line)) this.section = "top";
    else return false;
    return true;
  }

  private readInterface(line: string): boolean {
    const match = /^(?:ip|ipv6) address (\S+)$/.exec(line);
    if (match?.[1] === undefined || parsePrefix(match[1]) === undefined) return false;
    const held = this.addresses.get(this.interfaceName) ?? [];
    this.addresses.set(this.interfaceName, [...held, match[1]]);
    return true;
  }

  private readTop(line: string): boolean {
    return this.policies.readPrefixList(line) || this.readRoute(line);
  }

  private readRoute(line: string): boolean {
    const match = /^(?:ip|ipv6) route (\S+) (\S+)(?: vrf \S+)?$/.exec(line);
    const prefix = match?.[1];
    const via = parseAddress(match?.[2] ?? "");
    if (prefix === undefined || via === undefined || parsePrefix(prefix) === undefined)
      return false;
    this.routes.set(prefix, [...(this.routes.get(prefix) ?? []), printAddress(via)]);
    return true;
  }
}
