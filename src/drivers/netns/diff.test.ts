import { expect, test } from "vitest";
import type { Fragment, Subinterface, VrfFragment } from "../../fabric/intent.ts";
import { diffNode, isEmpty } from "./diff.ts";
import { intendedNode } from "./intended.ts";
import type { LinkState, NamespaceState } from "./state.ts";

const wan: Subinterface = {
  kind: "subinterface",
  name: "wan",
  port: "p1",
  tags: [100, 1],
  mac: "02:00:00:00:00:01",
  addresses: ["192.168.1.1/30", "fd00::1/126"],
  mtu: 1500,
};
const blue: VrfFragment = {
  kind: "vrf",
  key: "circuit/blue",
  name: "blue",
  interfaces: [wan],
  routes: [{ prefix: "10.0.0.0/8", via: ["192.168.1.2", "192.168.1.3"] }],
};
const port: LinkState = {
  name: "p1",
  ifindex: 2,
  kind: "veth",
  alias: "port",
  mac: "02:ff:00:00:00:01",
  mtu: 9000,
  up: true,
  carrier: true,
  addresses: [],
};
const present: LinkState = {
  ...port,
  name: "wan",
  kind: "macvlan",
  mac: wan.mac,
  mtu: 1500,
  addresses: wan.addresses,
};
const route = { prefix: "10.0.0.0/8", via: ["192.168.1.2", "192.168.1.3"] };

function space(
  links: readonly LinkState[],
  routes: readonly (typeof route)[] = [],
): NamespaceState {
  const lo = { ...port, name: "lo", kind: "loopback" };
  return {
    links: new Map([lo, ...links].map((link) => [link.name, link])),
    routes: new Map(routes.map((each) => [each.prefix, each])),
    neighbors: [],
  };
}

function change(state: Record<string, NamespaceState>, fragments: readonly Fragment[]) {
  return diffNode(new Map(Object.entries(state)), intendedNode(fragments));
}

test("a node that agrees gets no line", () => {
  const state = { default: space([port]), blue: space([present], [route]) };
  expect(isEmpty(change(state, [blue]))).toBe(true);
});

test("a new circuit is a namespace with a private macvlan made straight into it", () => {
  const { newNamespaces, additions, byNamespace } = change({ default: space([port]) }, [blue]);
  expect(newNamespaces).toEqual([{ key: "circuit/blue", name: "blue" }]);
  expect(additions.map(({ text }) => text.replace(/index \d+/, "index N"))).toEqual([
    "link add link p1 name wan index N netns blue address 02:00:00:00:00:01 mtu 1500 type macvlan mode private",
  ]);
  expect(byNamespace.get("blue")?.after.map(({ text }) => text)).toEqual([
    "ntable change name arp_cache dev wan retrans 100 mcast_probes 2 ucast_probes 30",
    "ntable change name ndisc_cache dev wan retrans 100 mcast_probes 2 ucast_probes 30",
    "link set dev wan up",
    "addr add 192.168.1.1/30 dev wan",
    "addr add fd00::1/126 dev wan nodad",
    "link set dev lo up",
    "route replace 10.0.0.0/8 proto static nexthop via 192.168.1.2 nexthop via 192.168.1.3",
  ]);
});

test("a circuit that goes takes its links first, so that their numbers are free at once", () => {
  const state = { default: space([port]), blue: space([present], [route]) };
  const { removals, byNamespace } = change(state, []);
  expect(byNamespace.get("blue")?.before.map(({ text }) => text)).toEqual(["link delete dev wan"]);
  expect(removals.map(({ text }) => text)).toEqual(["netns delete blue"]);
});

test("addresses that the router's text sets are left alone", () => {
  const state = { default: space([port]), blue: space([present]) };
  const byText = { ...blue, routes: [], interfaces: [{ ...wan, addresses: [] }], frrText: "!" };
  expect(isEmpty(change(state, [byText]))).toBe(true);
});

test("a port is taken down when it is disabled, and never put up while it is pulled or held", () => {
  const down = { ...port, up: false };
  const lines = (link: LinkState, fragments: readonly Fragment[] = []) =>
    change({ default: space([link]) }, fragments).additions.map(({ text }) => text);
  const disabled: Fragment = { kind: "port", key: "p", port: "p1", enabled: false };
  expect(lines(port, [disabled])).toEqual(["link set dev p1 down"]);
  expect(lines(down)).toEqual(["link set dev p1 up"]);
  expect(lines({ ...down, alias: "pulled" })).toEqual([]);
  expect(lines({ ...down, alias: "held" })).toEqual([]);
});

test("a VRF between links gets the datapath's programs before anything leads there, once", () => {
  const tunnel = {
    kind: "tunnel" as const,
    name: "repair",
    vni: 7,
    local: "10.0.0.1",
    remote: "10.0.0.2",
    addresses: [],
    mtu: 1500,
  };
  const lastResort = { prefix: "0.0.0.0/0", via: ["192.168.1.2"], lastResort: true as const };
  const edge: VrfFragment = { ...blue, interfaces: [wan, tunnel], routes: [lastResort] };
  const { byNamespace } = change({ default: space([port]) }, [edge]);
  expect(byNamespace.get("blue")?.filters).toEqual([
    { key: "circuit/blue", device: "wan", programs: ["edge_ingress"] },
    { key: "circuit/blue", device: "repair", programs: ["edge_ingress", "repair_egress"] },
  ]);
  const after = byNamespace.get("blue")?.after.map(({ text }) => text) ?? [];
  expect(after).toContain("link set dev repair alias filtered:edge_ingress+repair_egress");
  expect(after.at(-1)).toBe(
    "route replace 0.0.0.0/0 proto static metric 4261412865 via 192.168.1.2",
  );

  const marked = { ...present, alias: "filtered:edge_ingress" };
  const stands = { ...present, name: "repair", kind: "vxlan", mac: "", addresses: [] };
  const there: LinkState = {
    ...stands,
    alias: "filtered:edge_ingress+repair_egress",
    vxlan: { vni: 7, local: "10.0.0.1", remote: "10.0.0.2" },
    merges: false,
  };
  const blueWith = (repair: LinkState) =>
    change({ default: space([port]), blue: space([marked, repair]) }, [edge]).byNamespace.get(
      "blue",
    );
  expect(blueWith(there)).toMatchObject({ filters: [], unmerged: [] });
  // Somebody's hand, or a run that ended in between.
  const merging = [{ key: "circuit/blue", device: "repair" }];
  expect(blueWith({ ...there, merges: true })).toMatchObject({ filters: [], unmerged: merging });
});
