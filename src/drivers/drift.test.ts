import { expect, test } from "vitest";
import { describeDrift } from "./drift.ts";

const neighbor = (line: string) => ({
  fragment: "circuit/1",
  daemon: "bgpd" as const,
  path: ["router bgp 12076 vrf vrf-1"],
  line,
});

test("every kind of repair is a line, without secrets and each once", () => {
  const change = {
    removals: [{ key: "", text: "netns delete stray" }],
    newNamespaces: [{ key: "circuit/1", name: "vrf-1" }],
    additions: [{ key: "circuit/1", text: "link add link p1" }],
    byNamespace: new Map([
      [
        "vrf-1",
        {
          ...{ before: [], filters: [], unmerged: [{ key: "circuit/1", device: "tunnel" }] },
          after: [{ key: "circuit/1", text: "link set dev lo up" }],
        },
      ],
    ]),
  };
  const attach = {
    kind: "attach" as const,
    fragment: "circuit/1",
    device: "p1",
    program: "port_ingress" as const,
  };
  const cell = { fragment: "circuit/1", key: "01 00", value: "02" };
  const lines = describeDrift({
    routing: [neighbor("neighbor 192.168.1.1 password not-so-secret")],
    links: [change],
    tags: [attach, { kind: "put", map: "entries", cell }, { kind: "put", map: "entries", cell }],
  });
  expect(lines).toEqual([
    "ip netns delete stray",
    "ip link add link p1",
    "ip netns add vrf-1",
    "vrf-1: ip link set dev lo up",
    "vrf-1: ethtool -K tunnel gro off",
    "attach port_ingress at p1",
    "put entries 01 00",
    "bgpd: router bgp 12076 vrf vrf-1 / neighbor 192.168.1.1 password •••",
  ]);
});

test("a long repair is cut and its rest counted", () => {
  const routing = Array.from({ length: 25 }, (_, index) => neighbor(`network 10.${index}.0.0/16`));
  const lines = describeDrift({ routing, links: [], tags: [] });
  expect(lines.length).toBe(21);
  expect(lines.at(-1)).toBe("and 5 more");
});
