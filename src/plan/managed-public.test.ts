import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import type { VrfFragment } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { CircuitView } from "./circuit-view.ts";
import { planProvider } from "./provider.ts";
import { providerCircuit, samplePublicPeering } from "./sample-circuit.ts";

const file = new URL("../../fabrics/lab.yaml", import.meta.url);
const inventory = parseFabricFile(readFileSync(file, "utf8")).inventory as Inventory;
const circuit: CircuitView = {
  ...providerCircuit(inventory, "Rhine WAN", "vpn-maple"),
  publicPeering: samplePublicPeering,
};
const vrfOf = (view: CircuitView) => planProvider(inventory, view)[0]?.fragment as VrfFragment;

test("the provider's router announces the public prefixes to the public edges and nothing private", () => {
  const neighbors = vrfOf(circuit).bgp?.neighbors ?? [];
  const open = neighbors.filter(({ description }) => description.includes("public"));
  expect(open.map(({ address, localAsn }) => `${address} ${localAsn}`)).toEqual([
    "198.18.0.2 64410",
    "2001:db8::2 64410",
    "198.18.0.6 64410",
    "2001:db8::6 64410",
  ]);
  expect(open[0]?.exportPolicy).toEqual([
    { action: "permit", prefixes: [{ prefix: "198.18.16.0/24" }, { prefix: "198.18.17.0/24" }] },
  ]);
  const closed = neighbors.filter(({ description }) => !description.includes("public"));
  expect(JSON.stringify(closed)).not.toContain("198.18.");
});

test("branches leave by the public links with an address of the pool", () => {
  expect(vrfOf(circuit).nat).toEqual(
    ["m1-1a2b3c4d", "m2-1a2b3c4d"].map((name, index) => ({
      interface: name,
      addresses: ["198.18.16.1", "2001:db8:16::1"],
      except: [
        ...(index === 0
          ? ["198.18.0.0/30", "2001:db8::/126"]
          : ["198.18.0.4/30", "2001:db8::4/126"]),
        ...["198.18.16.0/24", "198.18.17.0/24", "2001:db8:16::/48"],
      ],
    })),
  );
});

test("without a private peering the router has the public number, and nothing private is announced", () => {
  const { peering: _, ...alone } = circuit;
  const vrf = vrfOf(alone);
  expect(vrf.bgp).toMatchObject({ asn: 64410, routerId: "198.18.0.1" });
  expect(vrf.bgp?.neighbors.map(({ localAsn }) => localAsn)).toEqual(Array(4).fill(undefined));
  expect(JSON.stringify(vrf.bgp?.networks)).not.toContain("10.10.");
});
