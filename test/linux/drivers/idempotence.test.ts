import { expect, test } from "vitest";
import { intendedTags } from "../../../src/drivers/datapath/entries.ts";
import { TagsDriver } from "../../../src/drivers/datapath/tags.ts";
import { FrrDriver } from "../../../src/drivers/frr/frr.ts";
import { renderFragments } from "../../../src/drivers/frr/render.ts";
import { intendedNode } from "../../../src/drivers/netns/intended.ts";
import { NetnsDriver } from "../../../src/drivers/netns/netns.ts";
import { nodePaths } from "../../../src/drivers/places.ts";
import { VrfSlots } from "../../../src/drivers/vrf-slots.ts";
import type { Fragment, VrfFragment } from "../../../src/fabric/intent.ts";
import { circuitVrf, eventually, raiseBenchLab, soon } from "./bench-lab.ts";

/** Every change that the drivers would make now. */
async function pending(
  lab: string,
  node: string,
  fragments: readonly Fragment[],
): Promise<unknown[]> {
  const paths = nodePaths(lab, node);
  const slots = new VrfSlots(paths);
  const translated = fragments.map((fragment) => slots.translate(fragment));
  const netns = new NetnsDriver(paths);
  const state = new Map(
    [...(await netns.observe(soon()))].filter(([name]) => !slots.isSpare(name)),
  );
  const tags = new TagsDriver(paths);
  const links = state.get("default")?.links;
  const frr = new FrrDriver(paths);
  return [
    ...netns.diff(state, intendedNode(translated)),
    ...tags.diff(
      await tags.observe(soon()),
      intendedTags(translated, (device) => links?.get(device)?.ifindex),
    ),
    ...frr.diff(await frr.observe(), renderFragments(translated)),
  ];
}

/** With all that a session can be asked for, and routes that lead nowhere. */
function guarded(fragment: VrfFragment): VrfFragment {
  const { bgp } = fragment;
  const nowhere = ["10.99.0.0/16", "fd99::/32"].map((prefix) => ({
    ...{ prefix, via: [], unreachable: true as const },
  }));
  if (bgp === undefined) return fragment;
  const neighbors = bgp.neighbors.map((neighbor) => ({
    ...neighbor,
    beyondMaximum: "discard" as const,
    role: { name: "provider" as const, strict: false },
    removePrivateAs: true as const,
  }));
  return { ...fragment, routes: nowhere, bgp: { ...bgp, neighbors } };
}

/** What a customer is handed for a router, as the generator of router configurations writes it. */
function customerByText(vrf: string | undefined, number: number): VrfFragment {
  const suffix = vrf === undefined ? "" : ` vrf ${vrf}`;
  const tag = vrf === undefined ? "cloud" : `cloud-${vrf}`;
  const base = circuitVrf(2, number, { port: "up", tags: [100, number], name: vrf ?? "default" });
  const { bgp: _, ...rest } = base;
  const interfaces = base.interfaces.map((at) =>
    at.kind === "subinterface" ? { ...at, addresses: [] } : at,
  );
  const frrText = `interface handoff${suffix}
 description primary link of 1234, port up, tags 100.${number}
 ip address 192.168.1.2/30
 ipv6 address fd00:1::2/126
exit
!
ip prefix-list ${tag}-own4 seq 5 permit 10.2.${number}.0/24
!
route-map ${tag}-in permit 10
exit
!
route-map ${tag}-out permit 10
 match ip address prefix-list ${tag}-own4
exit
!
bfd
 profile cloud-100-5
  detect-multiplier 5
  transmit-interval 100
  receive-interval 100
 exit
exit
!
router bgp 65002${suffix}
 bgp router-id 192.168.1.2
 no bgp default ipv4-unicast
 bgp bestpath as-path multipath-relax
 no bgp network import-check
 neighbor 192.168.1.1 remote-as 65001
 neighbor 192.168.1.1 description primary link of 1234
 neighbor 192.168.1.1 password not-so-secret
 neighbor 192.168.1.1 bfd
 neighbor 192.168.1.1 bfd profile cloud-100-5
 neighbor 192.168.1.1 local-role customer
 neighbor 192.168.1.1 advertisement-interval 0
 neighbor 192.168.1.1 timers connect 1
 neighbor 192.168.1.1 timers 60 180
 !
 address-family ipv4 unicast
  network 10.2.${number}.0/24
  neighbor 192.168.1.1 activate
  neighbor 192.168.1.1 route-map ${tag}-in in
  neighbor 192.168.1.1 route-map ${tag}-out out
  maximum-paths 4
 exit-address-family
exit
!
`;
  return { ...rest, interfaces, frrText };
}

test("converging twice changes nothing, for structured configuration and for a customer's text", async () => {
  await using lab = await raiseBenchLab("twice", ["edge:p1-ce:up"]);
  const edge = [
    guarded(circuitVrf(1, 1, { port: "p1", tags: [100, 1], meter: "m1", policeMbps: 50 })),
    circuitVrf(1, 2, { port: "p1", tags: [100, 2], meter: "m2" }),
  ];
  const ce = [customerByText(undefined, 1), customerByText("blue", 2)];
  await Promise.all([lab.converge("edge", edge), lab.converge("ce", ce)]);
  await lab.established("edge", "c1");
  await lab.established("edge", "c2");
  await eventually(async () => {
    const routes = await lab.node("edge").routes("c2", soon());
    return routes.some(({ prefix }) => prefix === "10.2.2.0/24") ? true : undefined;
  });
  expect(await pending("twice", "edge", edge)).toEqual([]);
  expect(await pending("twice", "ce", ce)).toEqual([]);

  const [first, second] = edge;
  if (first === undefined || second === undefined) throw new Error("two VRFs were made");
  const unguarded = [{ ...first, routes: [] }, second];
  await lab.converge("edge", unguarded);
  expect(await pending("twice", "edge", unguarded)).toEqual([]);

  // The text goes, and with it all that it said.
  await lab.converge("ce", [customerByText(undefined, 1)]);
  const text = await new FrrDriver(nodePaths("twice", "ce")).ask("bgpd", "show running-config");
  expect(text).not.toContain("cloud-blue");
  expect((await lab.session("edge", "c1"))?.state).toBe("Established");
  await lab.converge("ce", []);
  expect(await pending("twice", "ce", [])).toEqual([]);
});
