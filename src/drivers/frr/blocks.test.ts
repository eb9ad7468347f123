import { expect, test } from "vitest";
import { parseConfig, stemOf, stemOfHead } from "./blocks.ts";

test("text becomes blocks for the daemon that takes them, nested lines with their part in front", () => {
  const text = `hostname ce
vrf blue
 netns /run/netns/blue
exit-vrf
interface wan
 ip address 192.168.1.2/30
exit
bfd
 profile fast
  transmit-interval 100
 exit
exit
router bgp 65001
 neighbor 192.168.1.1 remote-as 12076
 !
 address-family ipv4 unicast
  network 10.0.0.0/8
 exit-address-family
exit
`;
  expect(parseConfig(text, "site")).toEqual([
    {
      fragment: "site",
      daemon: "zebra",
      head: "interface wan",
      lines: ["ip address 192.168.1.2/30"],
    },
    {
      fragment: "site",
      daemon: "bfdd",
      head: "bfd",
      lines: ["profile fast", "profile fast\ttransmit-interval 100"],
    },
    {
      fragment: "site",
      daemon: "bgpd",
      head: "router bgp 65001",
      lines: [
        "neighbor 192.168.1.1 remote-as 12076",
        "address-family ipv4 unicast\tnetwork 10.0.0.0/8",
      ],
    },
  ]);
});

test("lines that say the same of the same thing have one stem", () => {
  expect(stemOf("neighbor 10.0.0.1 timers 60 180")).toBe(stemOf("neighbor 10.0.0.1 timers 10 30"));
  expect(stemOf("neighbor 10.0.0.1 timers 60 180")).not.toBe(
    stemOf("neighbor 10.0.0.1 timers connect 1"),
  );
  expect(stemOf("neighbor 10.0.0.1 route-map a in")).not.toBe(
    stemOf("neighbor 10.0.0.1 route-map a out"),
  );
  expect(stemOf("network 10.0.0.0/8")).not.toBe(stemOf("network 10.0.0.0/9"));
  expect(stemOfHead("route-map m permit 10")).toBe(stemOfHead("route-map m deny 10"));
});
