import { expect, test } from "vitest";
import type { Inventory } from "../fabric/inventory.ts";
import { CircuitOptionsBody, circuitOptionsRefusals, mtuOfCircuit } from "./circuit-options.ts";
import type { StoredResource } from "./state.ts";

function refused(mtu: number, isDirect: boolean, underlayMtu = 9_100): string[] {
  const inventory = { underlayMtu } as Inventory;
  return [...circuitOptionsRefusals({ mtu }, isDirect, { inventory })].map(
    ({ code, target, message }) => `${code} ${target}: ${message}`,
  );
}

test("1400 and 1500 are for every circuit, 9000 for Direct ones", () => {
  for (const mtu of [1_400, 1_500]) {
    expect(refused(mtu, false)).toEqual([]);
    expect(refused(mtu, true)).toEqual([]);
  }
  expect(refused(9_000, true)).toEqual([]);
  expect(refused(9_000, false)).toEqual([
    "InvalidParameter properties.causeway.mtu: properties.causeway.mtu is refused: packets of 9000 bytes are carried on Direct circuits alone; send one of 1400, 1500.",
  ]);
  expect(refused(1_450, true)[0]).toContain("send one of 1400, 1500, 9000");
});

test("what the underlay cannot carry with a tunnel's headers is refused with both numbers", () => {
  const [message = ""] = refused(9_000, true, 9_000);
  expect(message).toContain("LimitExceeded");
  expect(message).toContain("carries 9000 bytes, and what is put around a packet leaves 8950");
  expect(message).toContain("send one of 1400, 1500, or have the operator raise underlayMtu");
  expect(refused(9_000, true, 9_050)).toEqual([]);
});

test("nothing declared is the ordinary size", () => {
  const circuit = (properties: object) =>
    ({ desired: { properties } }) as unknown as StoredResource;
  expect(mtuOfCircuit(circuit({}))).toBe(1_500);
  expect(mtuOfCircuit(circuit({ causeway: { mtu: 9_000 } }))).toBe(9_000);
  expect(CircuitOptionsBody.safeParse({ mtus: 1 }).success).toBe(false);
});
