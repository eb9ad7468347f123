/**
 * FRR configuration as blocks: a head (`router bgp 65001 vrf blue`) and the lines under it. A line of a
 * nested part carries that part's own head in front, so that every line can be compared by itself.
 */
import type { DaemonName } from "./daemons.ts";

export type Block = {
  /** The fragment that wants it; empty for what a daemon runs. */
  readonly fragment: string;
  readonly daemon: DaemonName;
  readonly head: string;
  readonly lines: readonly string[];
};

/** Between the head of a nested part and its line. FRR configuration holds no tab. */
export const within = "\t";

const noise =
  /^(frr |hostname |domainname |log |service |line vty|password |enable password|!|end$|exit|ip forwarding|ipv6 forwarding|no ip forwarding|no ipv6 forwarding|Building|Current)/;
const nestedHeads = /^(address-family |profile |peer )/;
const daemonsByHead: readonly (readonly [RegExp, DaemonName])[] = [
  [/^(router bgp|bgp |route-map |ip prefix-list|ipv6 prefix-list)/, "bgpd"],
  [/^interface /, "zebra"],
  [/^bfd$/, "bfdd"],
];

/** Lines that no daemon here takes are kept under zebra, which will refuse them by name. */
export function parseConfig(text: string, fragment: string, daemon?: DaemonName): Block[] {
  const blocks: { head: string; lines: string[] }[] = [];
  let nested: string | undefined;
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    if (line === "" || line.startsWith("!")) continue;
    if (!/^\s/.test(raw)) {
      nested = undefined;
      if (!noise.test(line) && !isNamespaceHead(line)) blocks.push({ head: line, lines: [] });
      if (isNamespaceHead(line)) blocks.push({ head: "", lines: [] });
      continue;
    }
    const block = blocks.at(-1);
    if (block === undefined) continue;
    if (line === "exit-address-family" || line === "exit") nested = undefined;
    else if (nestedHeads.test(line)) {
      nested = line;
      // A profile exists even when all its timers are the default; an empty address family does not.
      if (!line.startsWith("address-family")) block.lines.push(line);
    } else block.lines.push(nested === undefined ? line : `${nested}${within}${line}`);
  }
  return blocks
    .filter(({ head }) => head !== "")
    .map(({ head, lines }) => ({ fragment, daemon: daemon ?? daemonOf(head), head, lines }));
}

/** `vrf NAME` with its `netns`: zebra writes it for every namespace that it found. */
function isNamespaceHead(line: string): boolean {
  return line.startsWith("vrf ");
}

export function daemonOf(head: string): DaemonName {
  return daemonsByHead.find(([pattern]) => pattern.test(head))?.[1] ?? "zebra";
}

/** Two lines with the same stem say the same thing with another value: the later one replaces. */
export function stemOf(line: string): string {
  const [nested, inner] = line.includes(within) ? line.split(within) : ["", line];
  const words = (inner ?? "").split(" ");
  return `${nested}${within}${stemOfWords(words)}`;
}

function stemOfWords(words: readonly string[]): string {
  const [first, second, third, fourth] = words;
  if (first === "neighbor") {
    if (third === "route-map" || third === "prefix-list")
      return `${first} ${second} ${third} ${words.at(-1)}`;
    if (third === "timers" || third === "bfd") {
      const detail = fourth === "connect" || fourth === "profile" ? ` ${fourth}` : "";
      return `${first} ${second} ${third}${detail}`;
    }
    return words.slice(0, 3).join(" ");
  }
  if (first === "maximum-paths") return second === "ibgp" ? "maximum-paths ibgp" : "maximum-paths";
  if (first === "bgp" && second === "router-id") return "bgp router-id";
  if (first === "timers") return "timers bgp";
  if (first === "coalesce-time") return first;
  if (first === "match" || first === "set") {
    return words.slice(0, third === "address" ? 4 : 2).join(" ");
  }
  if (/-(interval|multiplier)$/.test(first ?? "")) return first ?? "";
  return words.join(" ");
}

/** The same for whole blocks: a prefix-list entry and a route-map entry are known by their number. */
export function stemOfHead(head: string): string {
  const list = /^(ip|ipv6) prefix-list (\S+) seq (\d+) /.exec(head);
  if (list !== null) return `${list[1]} prefix-list ${list[2]} ${list[3]}`;
  const communities = /^(bgp community-list standard \S+ seq \d+) /.exec(head);
  if (communities !== null) return communities[1] ?? head;
  const map = /^route-map (\S+) (?:permit|deny) (\d+)$/.exec(head);
  if (map !== null) return `route-map ${map[1]} ${map[2]}`;
  if (head.startsWith("bgp route-map delay-timer")) return "bgp route-map delay-timer";
  return head;
}
