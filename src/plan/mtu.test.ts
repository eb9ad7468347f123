import { expect, test } from "vitest";
import { circuitMtu, networkMtu, publicMtu } from "./mtu.ts";
import type { VirtualNetworkView } from "./virtual-network.ts";

test("links and tunnels are as large as was declared, and public services have the ordinary size at most", () => {
  expect([{}, { mtu: 1_400 }, { mtu: 9_000 }].map(circuitMtu)).toEqual([1_500, 1_400, 9_000]);
  expect([{}, { mtu: 1_400 }, { mtu: 9_000 }].map(publicMtu)).toEqual([1_500, 1_400, 1_500]);
});

test("a network is as large as its largest circuit, and never below the ordinary size", () => {
  const reached = (...mtus: number[]) => {
    const gateway = { connections: mtus.map((mtu) => ({ mtu })) };
    return networkMtu({ gateway } as unknown as VirtualNetworkView);
  };
  expect([reached(), reached(1_400), reached(1_500, 9_000)]).toEqual([1_500, 1_500, 9_000]);
  expect(networkMtu({})).toBe(1_500);
});
