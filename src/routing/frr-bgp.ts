/**
 * The `router bgp` block of a router's text.
 *
 * RFC 8212 is FRR's default (`bgp ebgp-requires-policy`): without a route map nothing passes.
 */
import { networkOf, type Prefix, parseAddress, parsePrefix, printAddress } from "../base/prefix.ts";
import type { BfdTimers, Family } from "../fabric/intent.ts";
import type { BgpModel, NeighborModel, Role } from "./bgp-model.ts";
import type { FrrPolicies } from "./frr-policies.ts";
import { denyAll, type PolicyModel, permitAll } from "./policy.ts";

type FamilyLines = {
  active?: boolean;
  in?: string;
  out?: string;
  maximumPrefixes?: number;
  nextHopSelf?: boolean;
  overridesAs?: boolean;
  removesPrivateAs?: boolean;
};

type NeighborLines = {
  remoteAsn?: number;
  localAsn?: number;
  password?: string;
  shutdown: boolean;
  holdSeconds?: number;
  weight?: number;
  bfd?: BfdTimers;
  bfdProfile?: string;
  role?: Role;
  isTtlSecure?: boolean;
  readonly families: Record<Family, FamilyLines>;
};

/** FRR's own: 3 × 300 ms. */
const defaultBfd: BfdTimers = { intervalMs: 300, multiplier: 3 };
const HOLD_SECONDS = 180;

const withoutMeaning =
  /^(coalesce-time \d+|bgp (log-neighbor-changes|router-id .*|graceful-restart.*|default .*)|no bgp (network import-check|hard-administrative-reset|graceful-restart.*|default .*)|neighbor \S+ (description .*|timers connect \d+|soft-reconfiguration inbound|send-community.*|advertisement-interval \d+|update-source \S+)|no neighbor \S+ (send-community.*|enforce-first-as))$/;

export class FrrBgp {
  readonly complaints: string[] = [];
  private asn: number | undefined;
  private routerId: string | undefined;
  private family: Family | undefined;
  private relax = false;
  private requiresPolicy = true;
  private ipv4ByDefault = true;
  private holdSeconds = HOLD_SECONDS;
  /** FRR's default width is 64. */
  private readonly maximumPaths: Record<Family, number> = { ipv4: 64, ipv6: 64 };
  private readonly networks: Prefix[] = [];
  private readonly neighbors = new Map<string, NeighborLines>();
  private readonly profiles = new Map<string, BfdTimers>();
  private profile = "";

  open(asn: number): void {
    this.asn = asn;
    this.family = undefined;
  }

  leaveFamily(): void {
    this.family = undefined;
  }

  read(line: string): boolean {
    const family = /^address-family (ipv4|ipv6)(?: unicast)?$/.exec(line);
    if (family) {
      this.family = family[1] === "ipv6" ? "ipv6" : "ipv4";
      return true;
    }
    const neighbor = /^neighbor (\S+) (.+)$/.exec(line);
    const address = parseAddress(neighbor?.[1] ?? "");
    if (neighbor?.[2] !== undefined && address) {
      const lines = this.neighbor(printAddress(address));
      const read = readNeighbor(lines, neighbor[2]) || this.readFamily(lines, neighbor[2]);
      if (read) return true;
    }
    return this.readRouter(line) || withoutMeaning.test(line);
  }

  /** The `bfd` block: profiles. */
  readBfd(line: string): boolean {
    const profile = /^profile (\S+)$/.exec(line);
    if (profile?.[1] !== undefined) this.profile = profile[1];
    const held = this.profiles.get(this.profile) ?? defaultBfd;
    const number = Number(/(\d+)$/.exec(line)?.[1]);
    if (profile) this.profiles.set(this.profile, held);
    else if (/^(receive|transmit)-interval \d+$/.test(line)) {
      this.profiles.set(this.profile, { ...held, intervalMs: number });
    } else if (/^detect-multiplier \d+$/.test(line)) {
      this.profiles.set(this.profile, { ...held, multiplier: number });
    } else return false;
    return true;
  }

  finish(policies: FrrPolicies): BgpModel | undefined {
    if (this.asn === undefined) return undefined;
    return {
      asn: this.asn,
      routerId: this.routerId ?? "0.0.0.0",
      networks: this.networks,
      maximumPaths: this.maximumPaths,
      multipathRelax: this.relax,
      neighbors: [...this.neighbors].flatMap(([address, lines]) =>
        this.neighborModel(address, lines, policies),
      ),
    };
  }

  private neighbor(address: string): NeighborLines {
    const lines = this.neighbors.get(address) ?? {
      shutdown: false,
      families: { ipv4: {}, ipv6: {} },
    };
    this.neighbors.set(address, lines);
    return lines;
  }

  private readFamily(lines: NeighborLines, words: string): boolean {
    const family = lines.families[this.family ?? "ipv4"];
    const map = /^route-map (\S+) (in|out)$/.exec(words);
    const limit = /^maximum-prefix (\d+)(?: restart \d+)?$/.exec(words);
    if (words === "activate") family.active = true;
    else if (map?.[2] === "in" && map[1] !== undefined) family.in = map[1];
    else if (map?.[2] === "out" && map[1] !== undefined) family.out = map[1];
    else if (words === "next-hop-self") family.nextHopSelf = true;
    else if (limit) family.maximumPrefixes = Number(limit[1]);
    else if (words === "as-override") family.overridesAs = true;
    else if (/^remove-private-AS( all)?$/.test(words)) family.removesPrivateAs = true;
    else return false;
    return true;
  }

  private readRouter(line: string): boolean {
    const network = parsePrefix(/^network (\S+)$/.exec(line)?.[1] ?? "");
    const paths = /^maximum-paths (\d+)$/.exec(line);
    const timers = /^timers bgp \d+ (\d+)$/.exec(line);
    const routerId = /^bgp router-id (\S+)$/.exec(line);
    const inactive = parseAddress(/^no neighbor (\S+) activate$/.exec(line)?.[1] ?? "");
    if (network) this.networks.push(networkOf(network));
    else if (paths) this.maximumPaths[this.family ?? "ipv4"] = Number(paths[1]);
    else if (timers) this.holdSeconds = Number(timers[1]);
    else if (routerId?.[1] !== undefined) this.routerId = routerId[1];
    else if (inactive) {
      this.neighbor(printAddress(inactive)).families[this.family ?? "ipv4"].active = false;
    } else if (line === "no bgp default ipv4-unicast") this.ipv4ByDefault = false;
    else if (line === "no bgp ebgp-requires-policy") this.requiresPolicy = false;
    else if (line === "bgp ebgp-requires-policy") this.requiresPolicy = true;
    else if (line === "bgp bestpath as-path multipath-relax") this.relax = true;
    else return false;
    return true;
  }

  private neighborModel(
    address: string,
    lines: NeighborLines,
    policies: FrrPolicies,
  ): readonly NeighborModel[] {
    if (lines.remoteAsn === undefined) {
      this.complaints.push(`Neighbour ${address} of the router text has no remote-as.`);
      return [];
    }
    const external = lines.remoteAsn !== this.asn;
    const fallback = external && this.requiresPolicy ? denyAll : permitAll;
    const policy = (name: string | undefined, family: Family): PolicyModel =>
      name === undefined ? fallback : policies.policy(name, family);
    const { ipv4, ipv6 } = lines.families;
    const bfd = lines.bfdProfile === undefined ? lines.bfd : this.profiles.get(lines.bfdProfile);
    const families: Family[] = [];
    if (ipv4.active ?? this.ipv4ByDefault) families.push("ipv4");
    if (ipv6.active) families.push("ipv6");
    const imports = { ipv4: policy(ipv4.in, "ipv4"), ipv6: policy(ipv6.in, "ipv6") };
    return [
      {
        address,
        remoteAsn: lines.remoteAsn,
        ...(lines.localAsn !== undefined && { localAsn: lines.localAsn }),
        enabled: !lines.shutdown,
        families,
        ...(lines.password !== undefined && { password: lines.password }),
        ...(bfd && { bfd }),
        holdSeconds: lines.holdSeconds ?? this.holdSeconds,
        maximumPrefixes: {
          ...(ipv4.maximumPrefixes !== undefined && { ipv4: ipv4.maximumPrefixes }),
          ...(ipv6.maximumPrefixes !== undefined && { ipv6: ipv6.maximumPrefixes }),
        },
        nextHopSelf: ipv4.nextHopSelf === true || ipv6.nextHopSelf === true,
        beyondMaximum: "tearDown",
        isTtlSecure: lines.isTtlSecure === true,
        ...(lines.role && { role: lines.role }),
        overridesAs: ipv4.overridesAs === true || ipv6.overridesAs === true,
        removesPrivateAs: ipv4.removesPrivateAs === true || ipv6.removesPrivateAs === true,
        importPolicy: {
          ipv4: weighted(imports.ipv4, lines.weight),
          ipv6: weighted(imports.ipv6, lines.weight),
        },
        exportPolicy: { ipv4: policy(ipv4.out, "ipv4"), ipv6: policy(ipv6.out, "ipv6") },
      },
    ];
  }
}

function readNeighbor(lines: NeighborLines, words: string): boolean {
  const [first = "", second = ""] = words.split(" ");
  const timers = /^timers \d+ (\d+)$/.exec(words);
  const bfd = /^bfd(?: (\d+) (\d+) (\d+))?$/.exec(words);
  const profile = /^bfd profile (\S+)$/.exec(words);
  const localAsn = /^local-as (\d+) no-prepend replace-as$/.exec(words);
  const role = /^local-role (provider|customer)( strict-mode)?$/.exec(words);
  if (first === "remote-as" && /^\d+$/.test(second)) lines.remoteAsn = Number(second);
  else if (first === "password" && second !== "") lines.password = words.slice("password ".length);
  else if (first === "weight" && /^\d+$/.test(second)) lines.weight = Number(second);
  else if (role)
    lines.role = { name: role[1] === "provider" ? "provider" : "customer", strict: !!role[2] };
  else if (words === "ttl-security hops 1") lines.isTtlSecure = true;
  else if (localAsn) lines.localAsn = Number(localAsn[1]);
  else if (timers) lines.holdSeconds = Number(timers[1]);
  else if (profile?.[1] !== undefined) lines.bfdProfile = profile[1];
  else if (bfd) {
    lines.bfd =
      bfd[1] === undefined
        ? (lines.bfd ?? defaultBfd)
        : { multiplier: Number(bfd[1]), intervalMs: Math.max(Number(bfd[2]), Number(bfd[3])) };
  } else if (first === "shutdown") lines.shutdown = true;
  else return false;
  return true;
}

function weighted(policy: PolicyModel, weight: number | undefined): PolicyModel {
  if (weight === undefined) return policy;
  return policy.map((rule) => ({ ...rule, setWeight: rule.setWeight ?? weight }));
}
