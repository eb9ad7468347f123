import fc from "fast-check";
import { expect, test } from "vitest";
import type { Side } from "../fabric/intent.ts";
import { INSTANCES, type Instance, TUNNEL_BLOCKS_MAX, tunnelEnd, tunnelPeer } from "./tunnel.ts";

const which = fc.record({
  block: fc.nat({ max: TUNNEL_BLOCKS_MAX - 1 }),
  instance: fc.constantFrom<Instance>(0, 1),
  side: fc.constantFrom<Side>("primary", "secondary"),
});
const underlay = { local: "10.0.0.1", remote: "10.0.0.2", mtu: 1500 };

test("both ends have the same VNI and speak to each other's address", () => {
  fc.assert(
    fc.property(which, (tunnel) => {
      const edge = tunnelEnd("edge", { ...tunnel, ...underlay });
      const gateway = tunnelEnd("gateway", {
        ...tunnel,
        ...{ local: underlay.remote, remote: underlay.local, mtu: 1500 },
      });
      expect(edge.vni).toBe(gateway.vni);
      expect(gateway.addresses[0]).toBe(`${tunnelPeer("edge", tunnel)}/30`);
      expect(edge.addresses[0]).toBe(`${tunnelPeer("gateway", tunnel)}/30`);
    }),
  );
});

test("names fit an interface, and VNIs lie between the reserved ones and the Ethernet lines", () => {
  for (const block of [0, TUNNEL_BLOCKS_MAX - 1])
    for (const instance of INSTANCES)
      for (const side of ["primary", "secondary"] as const)
        for (const at of ["edge", "gateway"] as const) {
          const { name, vni, addresses } = tunnelEnd(at, { block, instance, side, ...underlay });
          expect(name.length).toBeLessThanOrEqual(15);
          expect(vni).toBeGreaterThanOrEqual(4096);
          expect(vni).toBeLessThan(1_000_000);
          expect(addresses.map((address) => address.split("/")[1])).toEqual(["30", "126"]);
          expect(addresses[0]).toMatch(/^169\.254\./);
        }
});

test("a block that was never given out is a fault of the program", () => {
  const tunnel = { block: TUNNEL_BLOCKS_MAX, instance: 0, side: "primary", ...underlay } as const;
  expect(() => tunnelEnd("edge", tunnel)).toThrow(/0\.\.4095/);
});
