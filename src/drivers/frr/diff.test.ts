import { expect, test } from "vitest";
import { parseConfig } from "./blocks.ts";
import { diffConfig } from "./diff.ts";

const running = `frr version 8.4.4
router bgp 12076 vrf blue
 neighbor 192.168.1.2 remote-as 65001
 neighbor 192.168.1.2 description blue
 neighbor 192.168.1.2 bfd
 neighbor 192.168.1.2 bfd profile slow
 neighbor 192.168.1.6 remote-as 65001
 !
 address-family ipv4 unicast
  neighbor 192.168.1.2 activate
  neighbor 192.168.1.2 maximum-prefix 100
  neighbor 192.168.1.6 activate
 exit-address-family
exit
!
ip prefix-list a seq 5 permit 10.0.0.0/8
!
route-map m permit 10
 match ip address prefix-list a
exit
!
`;

function edits(wanted: string): string[] {
  const found = diffConfig(parseConfig(running, "", "bgpd"), parseConfig(wanted, "key"), new Set());
  return found.map(({ path, line }) => [...path.slice(1), line].join(" / "));
}

test("what agrees gets no line", () => {
  expect(edits(running)).toEqual([]);
});

test.each([
  [
    "a value that changes is typed over, not taken away first",
    "description blue",
    "description azure",
    ["neighbor 192.168.1.2 description azure"],
  ],
  [
    "a limit changes in its address family",
    "maximum-prefix 100",
    "maximum-prefix 200",
    ["address-family ipv4 unicast / neighbor 192.168.1.2 maximum-prefix 200"],
  ],
  [
    "a line that goes is negated, the deeper before the shallower",
    " neighbor 192.168.1.2 bfd\n neighbor 192.168.1.2 bfd profile slow\n",
    "",
    ["no neighbor 192.168.1.2 bfd profile slow", "no neighbor 192.168.1.2 bfd"],
  ],
  [
    "an entry of a prefix-list is replaced under its number",
    "permit 10.0.0.0/8",
    "permit 10.0.0.0/9",
    ["ip prefix-list a seq 5 permit 10.0.0.0/9"],
  ],
  [
    "a route-map that nobody wants goes",
    "route-map m permit 10\n match ip address prefix-list a\nexit\n",
    "",
    ["no route-map m permit 10"],
  ],
])("%s", (_, from, to, expected) => {
  expect(edits(running.replace(from, to))).toEqual(expected);
});

test("a neighbor goes with all of its lines, and the other is not named", () => {
  const wanted = running
    .split("\n")
    .filter((line) => !line.includes("192.168.1.6"))
    .join("\n");
  expect(edits(wanted)).toEqual(["no neighbor 192.168.1.6"]);
});

test("another AS number makes another router", () => {
  const found = edits(running.replace("router bgp 12076", "router bgp 65515"));
  expect(found[0]).toBe("no router bgp 12076 vrf blue");
  expect(found).toContain("neighbor 192.168.1.2 remote-as 65001");
});
