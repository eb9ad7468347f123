import fc from "fast-check";
import { expect, test } from "vitest";
import { hostOf, networkOf, prefixOf, printPrefix } from "../base/prefix.ts";
import { servicePeer, serviceTunnel } from "./service-tunnel.ts";

const ends = { local: "10.255.0.1", remote: "10.255.0.20" };
const places = fc.record({
  circuitNumber: fc.integer({ min: 1, max: 65_535 }),
  hostIndex: fc.integer({ min: 0, max: 7 }),
  side: fc.constantFrom("primary" as const, "secondary" as const),
});

test("no two tunnels have a number or an address in common, and both ends meet", () => {
  fc.assert(
    fc.property(places, places, (one, other) => {
      const [edge, host] = [
        serviceTunnel("edge", one, ends),
        serviceTunnel("serviceHost", one, ends),
      ];
      expect(edge.vni).toBe(host.vni);
      expect(edge.vni).toBeLessThan(2 ** 24);
      expect(host.addresses[0]).toBe(`${servicePeer("edge", one)}/30`);
      expect(edge.addresses[0]).toBe(`${servicePeer("serviceHost", one)}/30`);
      const network = (text = "") => printPrefix(networkOf(prefixOf(text)));
      expect(network(edge.addresses[1])).toBe(network(host.addresses[1]));
      if (JSON.stringify(one) === JSON.stringify(other)) return;
      const another = serviceTunnel("edge", other, ends);
      expect(another.vni).not.toBe(edge.vni);
      expect(network(another.addresses[0])).not.toBe(network(edge.addresses[0]));
    }),
  );
});

test("the last of them still lies in shared space", () => {
  const last = { circuitNumber: 65_535, hostIndex: 7, side: "secondary" } as const;
  const [ipv4 = ""] = serviceTunnel("edge", last, ends).addresses;
  const space = prefixOf("100.64.0.0/10");
  expect(prefixOf(ipv4).value < hostOf(space, 2 ** 22).value).toBe(true);
});
