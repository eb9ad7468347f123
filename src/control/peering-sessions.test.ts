import { expect, test } from "vitest";
import type { RouteObservation, SessionObservation } from "../fabric/report.ts";
import { peeringSessions } from "./peering-sessions.ts";

const families = [
  {
    family: "ipv4" as const,
    enabled: true,
    primary: "198.18.0.0/30",
    secondary: "198.18.0.4/30",
  },
];

const session = (address: string): SessionObservation => ({
  ...{ vrf: "p-1", address, remoteAsn: 65_010, state: "Established" as const },
  prefixesReceived: { ipv4: 1 },
});

const route = (prefix: string, path: readonly number[]): RouteObservation => ({
  ...{ prefix, protocol: "bgp" as const, nextHops: ["198.18.0.1"], path },
});

test("the session whose routes are prepended with a private number says so, and the other does not", () => {
  const rows = peeringSessions(
    families,
    {
      primary: {
        sessions: [session("198.18.0.1")],
        routes: [
          route("198.18.64.0/24", [65_010, 65_010]),
          route("2001:db8:64::/48", [65_010, 65_010]),
          route("198.19.2.0/24", [12_076]),
        ],
      },
      secondary: {
        sessions: [session("198.18.0.5")],
        routes: [route("198.18.64.0/24", [65_010])],
      },
    },
    "p-1",
  );
  expect(rows.map(({ side, warnings }) => [side, warnings?.map(({ code }) => code)])).toEqual([
    ["primary", ["PrivateAsnInPath"]],
    ["secondary", undefined],
  ]);
  expect(rows[0]?.warnings?.[0]?.prefixes).toEqual(["198.18.64.0/24"]);
});
