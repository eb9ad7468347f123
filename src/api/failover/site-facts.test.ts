import { expect, test } from "vitest";
import { reasonsAgainstSite, siteRoutes } from "./site-facts.ts";

type Facts = Parameters<typeof reasonsAgainstSite>[1][number];

const joint = (
  location: string,
  families: readonly ("ipv4" | "ipv6")[],
  { isConnected = true, state = "Established" } = {},
): Facts => ({
  ...{ location, isConnected },
  facts: {
    checkedAt: "",
    sessions: families.map((family) => ({
      ...{ side: "primary", family, state, peering: "AzurePrivatePeering" },
    })),
    routes: families.map((family) => ({
      ...{ route: family === "ipv4" ? "10.0.0.0/8" : "fd00::/8", nextHop: "192.0.2.1" },
      ...{ side: "primary", path: "65001" },
    })),
  },
});

test("a location may go where another carries the same families to the gateway", () => {
  const here = joint("Amsterdam", ["ipv4", "ipv6"]);
  const none = ["no circuit at another peering location carries anything to the gateway"];
  expect(reasonsAgainstSite("Amsterdam", [here, joint("Frankfurt", ["ipv4", "ipv6"])])).toEqual([]);
  expect(reasonsAgainstSite("Amsterdam", [here])).toEqual(none);
  expect(reasonsAgainstSite("Amsterdam", [here, joint("Amsterdam", ["ipv4"])])).toEqual(none);
  for (const far of [
    joint("Frankfurt", ["ipv4"], { isConnected: false }),
    joint("Frankfurt", ["ipv4"], { state: "Active" }),
  ])
    expect(reasonsAgainstSite("Amsterdam", [here, far])).toEqual(none);
  expect(reasonsAgainstSite("Amsterdam", [here, joint("Frankfurt", ["ipv4"])])).toEqual([
    "no circuit at another peering location carries IPv6 to the gateway",
  ]);
});

test("a route is told with every location that it came at", () => {
  const joints = [joint("Frankfurt", ["ipv4"]), joint("Amsterdam", ["ipv6", "ipv4"])];
  expect(siteRoutes(joints)).toEqual([
    { route: "10.0.0.0/8", locations: ["Amsterdam", "Frankfurt"] },
    { route: "fd00::/8", locations: ["Amsterdam"] },
  ]);
});
