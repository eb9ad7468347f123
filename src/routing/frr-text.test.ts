import { expect, test } from "vitest";
import { prefixOf } from "../base/prefix.ts";
import { parseFrrText } from "./frr-text.ts";
import { applyPolicy } from "./policy.ts";

const text = `
frr defaults traditional
hostname ce
!
interface wan0
 ip address 192.168.0.1/30
 ipv6 address fd00::1/126
exit
!
router bgp 65010
 bgp router-id 192.168.0.1
 no bgp default ipv4-unicast
 bgp bestpath as-path multipath-relax
 neighbor 192.168.0.2 remote-as 12076
 neighbor 192.168.0.2 description primary
 neighbor 192.168.0.2 password secret word
 neighbor 192.168.0.2 timers 20 60
 neighbor 192.168.0.2 bfd 5 400 350
 neighbor 192.168.1.2 remote-as 12076
 neighbor 192.168.1.2 shutdown
 !
 address-family ipv4 unicast
  network 10.1.0.0/16
  neighbor 192.168.0.2 activate
  neighbor 192.168.0.2 route-map in4 in
  neighbor 192.168.0.2 route-map out4 out
  neighbor 192.168.0.2 maximum-prefix 4000
  maximum-paths 2
 exit-address-family
 address-family ipv6 unicast
  network fd01::/48
  neighbor 192.168.0.2 activate
 exit-address-family
exit
!
ip prefix-list cloud seq 5 deny 10.100.9.0/24
ip prefix-list cloud seq 10 permit 10.100.0.0/16 le 24
route-map in4 permit 10
 match ip address prefix-list cloud
 set weight 200
exit
route-map out4 permit 10
 set as-path prepend 65010 65010
exit
`;

const subject = (prefix: string) => ({
  prefix: prefixOf(prefix),
  path: [1],
  communities: [],
  weight: 0,
});

test("the generator's dialect gives the model that an intent of the same meaning gives", () => {
  const { complaints, addresses, bgp } = parseFrrText(text, "default");
  expect(complaints).toEqual([]);
  expect(addresses.get("wan0")).toEqual(["192.168.0.1/30", "fd00::1/126"]);
  expect(bgp).toMatchObject({
    asn: 65010,
    routerId: "192.168.0.1",
    maximumPaths: { ipv4: 2, ipv6: 64 },
    multipathRelax: true,
  });
  expect(bgp?.networks.length).toBe(2);
  expect(bgp?.neighbors[0]).toMatchObject({
    address: "192.168.0.2",
    remoteAsn: 12076,
    enabled: true,
    families: ["ipv4", "ipv6"],
    password: "secret word",
    bfd: { intervalMs: 400, multiplier: 5 },
    holdSeconds: 60,
    maximumPrefixes: { ipv4: 4000 },
  });
  expect(bgp?.neighbors[1]?.enabled).toBe(false);
});

test("route maps and prefix lists become policies", () => {
  const neighbor = parseFrrText(text, "default").bgp?.neighbors[0];
  const imported = (prefix: string) =>
    neighbor && applyPolicy(neighbor.importPolicy.ipv4, subject(prefix))?.weight;
  expect([imported("10.100.1.0/24"), imported("10.100.9.0/24"), imported("10.7.0.0/16")]).toEqual([
    200,
    undefined,
    undefined,
  ]);
  const exported = neighbor && applyPolicy(neighbor.exportPolicy.ipv4, subject("10.1.0.0/16"));
  expect(exported?.path).toEqual([65010, 65010, 1]);
  // No route map for IPv6 on an external session: nothing passes (RFC 8212).
  expect(neighbor?.importPolicy.ipv6).toEqual([]);
});

test("an unknown line is named with its number and never with a password", () => {
  const strange =
    "router bgp 65010\n neighbor 192.0.2.1 remote-as 1\n neighbor 192.0.2.1 magic on\nneighbor x password hunter2";
  expect(parseFrrText(strange, "default").complaints).toEqual([
    "Line 3 of the router text is not understood: neighbor 192.0.2.1 magic on",
    "Line 4 of the router text is not understood: neighbor x password •••",
  ]);
});

test("BGP of another VRF is reported and not taken", () => {
  const other = parseFrrText("router bgp 65010 vrf red\n neighbor 192.0.2.1 remote-as 1", "blue");
  expect(other.bgp).toBeUndefined();
  expect(other.complaints).toEqual(["The router text has BGP for VRF red, not blue."]);
});

test("a match on the other family's list never holds, whatever its name", () => {
  const lists = `router bgp 65010
 neighbor 192.0.2.1 remote-as 1
 neighbor 192.0.2.1 route-map in in
ip prefix-list all permit any
ipv6 prefix-list all permit any
route-map in permit 10
 match ipv6 address prefix-list all
`;
  const { bgp, complaints } = parseFrrText(lists, "default");
  const policy = bgp?.neighbors[0]?.importPolicy.ipv4 ?? [];
  expect(complaints).toEqual([]);
  expect(applyPolicy(policy, subject("10.0.0.0/8"))).toBeUndefined();
});
