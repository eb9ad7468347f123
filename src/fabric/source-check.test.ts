import { expect, test } from "vitest";
import type { VrfFragment, VrfInterface } from "./intent.ts";
import { checksSources } from "./source-check.ts";

const link = (name: string): VrfInterface => ({
  kind: "tunnel",
  name,
  vni: 1,
  local: "10.0.0.1",
  remote: "10.0.0.2",
  addresses: [],
  mtu: 1500,
});
const router: VrfFragment = {
  kind: "vrf",
  key: "vrf/blue",
  name: "blue",
  interfaces: [link("one"), link("other")],
  routes: [],
};

test("a VRF between links checks sources; a host, the node itself, a way everywhere and a translator do not", () => {
  expect(checksSources(router)).toBe(true);
  expect(checksSources({ ...router, interfaces: [link("one")] })).toBe(false);
  expect(checksSources({ ...router, name: "default" })).toBe(false);
  expect(checksSources({ ...router, nat: [] })).toBe(false);
  const everywhere = { prefix: "0.0.0.0/0", via: ["10.0.0.1"], lastResort: true as const };
  expect(checksSources({ ...router, routes: [everywhere] })).toBe(false);
});
