import { expect, test } from "vitest";
import { parseIperf, parsePing } from "./linux-probe.ts";

test("ping's words become numbers, the round trip being the median", () => {
  const text =
    "64 bytes: time=0.30 ms\n64 bytes: time=0.10 ms\n64 bytes: time=0.20 ms\n4 packets transmitted, 3 received, 25% packet loss\n";
  expect(parsePing(text, 4)).toEqual({ sent: 4, received: 3, rttMs: 0.2 });
  const told = "From 10.10.1.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)";
  expect(parsePing(told, 1)).toEqual({ sent: 1, received: 0, pathMtu: 1_400 });
  const own = "ping: local error: message too long, mtu: 9000";
  expect(parsePing(own, 1)).toMatchObject({ pathMtu: 9_000 });
  expect(parsePing("connect: Network is unreachable", 4)).toEqual({ sent: 4, received: 0 });
});

test("iperf3's figure is what was received, and its error is why there is none", () => {
  expect(parseIperf('{"end":{"sum_received":{"bits_per_second":5e7}}}')).toEqual({ mbps: 50 });
  expect(parseIperf('{"error":"unable to connect"}')).toEqual({ absent: "unable to connect" });
  expect(parseIperf("")).toBeUndefined();
});
