import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { type CircuitView, circuitMeter, type DirectPair } from "./circuit-view.ts";
import { providerCircuit } from "./sample-circuit.ts";

const file = new URL("../../fabrics/lab.yaml", import.meta.url);
const inventory = parseFabricFile(readFileSync(file, "utf8")).inventory as Inventory;
const ordered = providerCircuit(inventory, "Polder Exchange", "cage-alder");
const pair = inventory.peeringLocations[0]?.directPortPairs[0] as DirectPair;
const direct: CircuitView = {
  ...ordered,
  carriage: { kind: "direct", pair, encapsulation: "QinQ" },
};

test("a provider's circuit is held to its bandwidth always", () => {
  expect(circuitMeter(ordered)).toEqual({ meter: ordered.serviceKey, policeMbps: 1000 });
});

test("a Direct circuit's limit follows its bandwidth and begins a fifth above it", () => {
  expect(circuitMeter({ ...direct, bandwidthMbps: 2000 })).toEqual({
    ...{ meter: direct.serviceKey, policeMbps: 2000, policeAboveMbps: 2400 },
  });
});

test("a Direct circuit without a limit is counted and may fill its port", () => {
  expect(circuitMeter({ ...direct, policed: false })).toEqual({ meter: direct.serviceKey });
});
