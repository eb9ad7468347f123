import { expect, test } from "vitest";
import { parseCapture } from "./capture.ts";

const head =
  "14:00:00 02:00:00:00:00:01 > 02:00:00:00:00:02, ethertype 802.1Q (0x8100), length 106:";

test("tags are read outermost first, from frames that the address sent and no other", () => {
  const text = [
    `${head} vlan 100, p 0, ethertype 802.1Q (0x8100), vlan 7, p 0, ethertype IPv4, 10.1.0.1 > 10.2.0.1: ICMP echo`,
    `${head} vlan 30, p 0, ethertype IPv4 (0x0800), 10.1.0.11.5201 > 10.2.0.1.7: Flags`,
    `${head} vlan 31, p 0, ethertype IPv4 (0x0800), 10.1.0.1.5201 > 10.2.0.1.7: Flags`,
    `${head} vlan 32, p 0, ethertype IPv4 (0x0800), 10.2.0.1.7 > 10.1.0.1.5201: Flags`,
    `${head} vlan 33, p 0, ethertype IPv6 (0x86dd), fd00::1.5201 > fd00::2.7: UDP, length 64`,
    `${head} vlan 34, p 0, ethertype IPv6 (0x86dd), fd00::1 > fd00::2: ICMP6, echo request`,
    "half a line 10.1.0.1",
  ].join("\n");
  expect(parseCapture(text, "10.1.0.1")).toEqual([[100, 7], [31]]);
  expect(parseCapture(text, "fd00::1")).toEqual([[33], [34]]);
});
