/** What gateways of each SKU carry, as data; with units for the one that scales. */
import { numberAt, textAt } from "./fields.ts";
import type { StoredResource } from "./state.ts";

export type GatewayCapacity = {
  /** Each way, over both instances. */
  readonly mbps: number;
  readonly pps: number;
  /** Routes learned from circuits. */
  readonly routes: number;
  readonly circuits: number;
  readonly fastPath: boolean;
};

type Family = "non-zonal" | "zonal";
type Sku = { readonly family: Family; readonly capacity: GatewayCapacity | "byUnits" };

/** source: expressroute-about-virtual-network-gateways.md, "Gateway SKUs"; asOf 2026-11. */
const skus = {
  Standard: fixed("non-zonal", { mbps: 1_000, pps: 100_000, routes: 4_000, circuits: 4 }),
  HighPerformance: fixed("non-zonal", { mbps: 2_000, pps: 200_000, routes: 9_500, circuits: 8 }),
  UltraPerformance: fixed("non-zonal", {
    ...{ mbps: 10_000, pps: 1_000_000, routes: 9_500, circuits: 16, fastPath: true },
  }),
  ErGw1AZ: fixed("zonal", { mbps: 1_000, pps: 100_000, routes: 4_000, circuits: 4 }),
  ErGw2AZ: fixed("zonal", { mbps: 2_000, pps: 200_000, routes: 9_500, circuits: 8 }),
  ErGw3AZ: fixed("zonal", {
    ...{ mbps: 10_000, pps: 1_000_000, routes: 9_500, circuits: 16, fastPath: true },
  }),
  ErGwScale: { family: "zonal", capacity: "byUnits" },
} as const satisfies Record<string, Sku>;

export type GatewaySku = keyof typeof skus;
export const gatewaySkus = Object.keys(skus) as readonly GatewaySku[];

export const scaleUnits = { least: 1, most: 40 } as const;
/** From here on a unit forwards twice as many packets, and the edges may pass the gateway by. */
const LARGE_UNITS = 10;

function isGatewaySku(name: string): name is GatewaySku {
  return name in skus;
}

/** What a stored gateway is. */
export function skuOfGateway({ desired }: StoredResource): GatewaySku {
  const name = textAt(desired, "properties.sku.name") ?? "";
  return isGatewaySku(name) ? name : "Standard";
}

/** Units are had at once, so a gateway that may grow has those that it may grow to. */
export function capacityOfGateway(gateway: StoredResource): GatewayCapacity {
  const units = numberAt(gateway.desired, "properties.autoScaleConfiguration.bounds.max");
  return capacityOf(skuOfGateway(gateway), units ?? scaleUnits.least);
}

/** `units` counts for the SKU that scales, and for no other. */
export function capacityOf(sku: GatewaySku, units: number): GatewayCapacity {
  const { capacity } = skus[sku];
  return capacity === "byUnits" ? capacityOfUnits(units) : capacity;
}

/** Whether a gateway may become one of the other SKU in place: only within a family. */
export function isInPlace(from: GatewaySku, to: GatewaySku): boolean {
  return skus[from].family === skus[to].family;
}

/** Those that a gateway of this SKU may become. */
export function gatewaySkusOf(sku: GatewaySku): readonly GatewaySku[] {
  return gatewaySkus.filter((other) => isInPlace(sku, other));
}

/**
 * source: scalable-gateway.md. Its samples of packets per second (2 M at 20 units, 8 M at 40) do not agree with
 * its own figures for each unit, 100,000 up to ten and 200,000 above; those are taken.
 */
function capacityOfUnits(units: number): GatewayCapacity {
  const small = Math.min(units, LARGE_UNITS);
  return {
    mbps: units * 1_000,
    pps: small * 100_000 + (units - small) * 200_000,
    routes: 9_500,
    circuits: units >= LARGE_UNITS ? 16 : units >= 2 ? 8 : 4,
    fastPath: units >= LARGE_UNITS,
  };
}

function fixed(
  family: Family,
  { fastPath = false, ...figures }: Omit<GatewayCapacity, "fastPath"> & { fastPath?: boolean },
): { readonly family: Family; readonly capacity: GatewayCapacity } {
  return { family, capacity: { ...figures, fastPath } };
}
