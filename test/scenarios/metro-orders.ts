/** Circuits whose two links end at two sites of one city, by a provider and on a customer's own ports. */
import type { FabricProbe, PortPlace } from "../../src/fabric/probe.ts";
import type { Variant } from "../../src/main/demo/variants.ts";
import { variantNamed } from "./world-orders.ts";

const at = (node: string, port: string): PortPlace => ({ node, port });

export const metroVariants: readonly Variant[] = [
  {
    ...variantNamed("exchange-l2"),
    name: "metro-l2",
    order: { kind: "provider", provider: "Polder Exchange", handOff: "metro-alder" },
    location: "Amsterdam Metro",
    handOff: {
      primary: at("ams-primary", "nni-polder2"),
      secondary: at("ams2-secondary", "nni-polder"),
    },
    far: { primary: at("polder", "nni3"), secondary: at("polder", "nni4") },
  },
  {
    ...variantNamed("direct-qinq"),
    name: "metro-direct",
    order: { kind: "direct", encapsulation: "QinQ", circuits: 1 },
    location: "Amsterdam Metro",
    handOff: { primary: at("ams-primary", "direct2"), secondary: at("ams2-secondary", "direct1") },
    far: { primary: at("pine-ce", "wan3"), secondary: at("pine-ce", "wan4") },
  },
];

/** All cables of the edges of a site: a fire, or no power. */
const siteCables: Readonly<Record<string, readonly PortPlace[]>> = {
  Amsterdam: [
    ...["core", "nni-polder", "nni-polder2", "direct1", "direct2"].map((port) =>
      at("ams-primary", port),
    ),
    ...["core", "nni-polder", "direct1"].map((port) => at("ams-secondary", port)),
  ],
  "Amsterdam 2": ["core", "nni-polder", "direct1"].map((port) => at("ams2-secondary", port)),
};

export const sites = Object.keys(siteCables);

export async function setSite(probe: FabricProbe, site: string, up: boolean): Promise<void> {
  for (const cable of siteCables[site] ?? []) await probe.setPort(cable, up);
}
