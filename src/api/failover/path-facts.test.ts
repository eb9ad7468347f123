import { expect, test } from "vitest";
import {
  keptFacts,
  type LinkRoute,
  type LinkSession,
  reasonsAgainst,
  redundantRoutes,
  routesOfOneLink,
} from "./path-facts.ts";

const session = (
  side: LinkSession["side"],
  family: LinkSession["family"],
  state = "Established",
): LinkSession => ({ side, family, state, peering: "AzurePrivatePeering" });
const route = (name: string, side: LinkRoute["side"]): LinkRoute => ({
  ...{ route: name, nextHop: "192.0.2.1", side, path: "65001" },
});

test("a link may go where each of its sessions has a twin that is up", () => {
  const down = session("secondary", "ipv4", "Idle");
  const twin = [session("primary", "ipv4"), session("secondary", "ipv4")];
  expect(reasonsAgainst("primary", twin)).toEqual([]);
  expect(reasonsAgainst("primary", [])).toEqual(["the Secondary link has no session that is up"]);
  const half = [...twin, session("primary", "ipv6"), session("secondary", "ipv6", "Active")];
  expect(reasonsAgainst("primary", half)).toEqual([
    "the session of AzurePrivatePeering for IPv6 on the Secondary link is not up",
  ]);
  expect(reasonsAgainst("secondary", half)).toEqual([]);
  // Another peering's session is no twin.
  const other = { ...session("secondary", "ipv6"), peering: "MicrosoftPeering" };
  expect(reasonsAgainst("primary", [session("primary", "ipv6"), other, down])).toHaveLength(1);
});

test("routes of one link alone are told, and of very many a part is kept", () => {
  const routes = [route("10.0.0.0/8", "primary"), route("10.0.0.0/8", "secondary")];
  const facts = { checkedAt: "", sessions: [], routes: [...routes, route("::/0", "primary")] };
  expect([...redundantRoutes(facts.routes)]).toEqual(["10.0.0.0/8"]);
  expect(routesOfOneLink("primary", facts)).toEqual([
    "1 routes came on the Primary link alone before the test.",
  ]);
  expect(routesOfOneLink("secondary", facts)).toEqual([]);
  expect(keptFacts(facts)).toEqual({ facts, issues: [] });
  const many = Array.from({ length: 501 }, (_, index) => route(`10.0.${index}.0/24`, "primary"));
  const kept = keptFacts({ ...facts, routes: many });
  expect(kept.facts.routes).toHaveLength(500);
  expect(kept.issues).toEqual(["500 of 501 routes are kept."]);
});
