import { expect, test } from "vitest";
import { parseRoutes, parseSessions } from "./observation.ts";

const peer = { remoteAs: 65001, state: "Established", peerUptimeMsec: 61_500, pfxRcd: 3 };

test("a session is told with both families, its BFD state and why it was last reset", () => {
  const summary = JSON.stringify({
    blue: {
      ipv4Unicast: { peers: { "10.0.0.1": peer } },
      ipv6Unicast: { peers: { "10.0.0.1": { ...peer, pfxRcd: 1 } } },
    },
    green: { ipv4Unicast: { peers: { "10.0.0.1": { ...peer, state: "Idle (PfxCt)" } } } },
  });
  const failed = JSON.stringify({
    green: { ipv4Unicast: { peers: { "10.0.0.1": { lastResetDueTo: "Maximum prefixes" } } } },
  });
  const slower = { "remote-transmit-interval": 500, "remote-receive-interval": 400 };
  const own = { "transmit-interval": 300, "receive-interval": 300, "remote-detect-multiplier": 5 };
  const up = { peer: "10.0.0.1", vrf: "blue", status: "up", ...own, ...slower };
  const bfd = JSON.stringify([up]);
  expect(parseSessions({ summary, failed, bfd })).toEqual([
    {
      vrf: "blue",
      address: "10.0.0.1",
      remoteAsn: 65001,
      state: "Established",
      uptimeSeconds: 61,
      prefixesReceived: { ipv4: 3, ipv6: 1 },
      bfd: "Up",
      bfdTimers: { transmitMs: 400, receiveMs: 500, multiplier: 5 },
    },
    {
      vrf: "green",
      address: "10.0.0.1",
      remoteAsn: 65001,
      state: "Idle",
      prefixesReceived: {},
      lastReset: "Maximum prefixes",
    },
  ]);
});

test("a daemon that says nothing readable gives no sessions", () => {
  expect(parseSessions({ summary: "% Unknown command", failed: "", bfd: "" })).toEqual([]);
});

test("a route carries its AS path and weight from the best path", () => {
  const zebra = JSON.stringify({
    "10.2.0.0/24": [{ protocol: "bgp", selected: true, nexthops: [{ ip: "10.0.0.1", fib: true }] }],
    "10.3.0.0/24": [{ protocol: "bgp", nexthops: [] }],
  });
  const bgp = JSON.stringify({
    routes: {
      "10.2.0.0/24": [{ path: "1 2" }, { bestpath: true, weight: 9, path: "65001 65001" }],
    },
  });
  expect(parseRoutes([zebra], [bgp])).toEqual([
    {
      prefix: "10.2.0.0/24",
      protocol: "bgp",
      nextHops: ["10.0.0.1"],
      path: [65001, 65001],
      weight: 9,
    },
  ]);
});
