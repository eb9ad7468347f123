import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import type { Neighbor, VrfFragment } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { planCircuit } from "./plan.ts";
import { planPublicEdge } from "./public-peering.ts";
import { providerCircuit, samplePublicPeering } from "./sample-circuit.ts";

const file = new URL("../../fabrics/lab.yaml", import.meta.url);
const inventory = parseFabricFile(readFileSync(file, "utf8")).inventory as Inventory;
const circuit = {
  ...providerCircuit(inventory, "Polder Exchange", "cage-alder"),
  publicPeering: samplePublicPeering,
};

const edge = (changes: Partial<typeof circuit> = {}) =>
  planPublicEdge(inventory, { ...circuit, ...changes }, "primary")?.fragment as VrfFragment;
const neighbor = (address: string, changes?: Partial<typeof circuit>) =>
  edge(changes).bgp?.neighbors.find((each) => each.address === address) as Neighbor;

test("an edge has a VRF for each peering, told apart by the inner tag, with one meter", () => {
  const own = planCircuit(inventory, circuit).filter(({ node }) => node === "ams-primary");
  const links = own.flatMap(({ fragment }) =>
    fragment.kind === "vrf"
      ? fragment.interfaces.flatMap((at) => (at.kind === "subinterface" ? [at] : []))
      : [],
  );
  expect(own.map(({ fragment }) => fragment.key.split("/").at(-1))).toEqual(["private", "public"]);
  expect(links.map(({ tags }) => tags)).toEqual([
    [7, 100],
    [7, 200],
  ]);
  expect(new Set(links.map(({ meter, policeMbps }) => `${meter} ${policeMbps}`)).size).toBe(1);
  expect(new Set(links.map(({ mac }) => mac)).size).toBe(2);
  // The classes are the public peering's; marks of the private one are only carried.
  expect(links.map(({ scheduling }) => scheduling)).toEqual([undefined, "byMark"]);
});

test("validated prefixes alone are taken in, and what is inside them", () => {
  expect(neighbor("198.18.0.1")).toMatchObject({
    remoteAsn: 64410,
    maximumPrefixes: { ipv4: 200, ipv6: 200 },
    removePrivateAs: true,
    importPolicy: [{ action: "permit", prefixes: [{ prefix: "198.18.16.0/24", le: 32 }] }],
  });
  expect(neighbor("2001:db8::1").importPolicy).toEqual([
    { action: "permit", prefixes: [{ prefix: "2001:db8:16::/48", le: 128 }] },
  ]);
});

test("a customer is told what its filter names in that family, and without one nothing", () => {
  expect(neighbor("198.18.0.1").exportPolicy).toEqual([
    { action: "permit", prefixes: [{ prefix: "198.19.2.0/24" }] },
  ]);
  expect(neighbor("2001:db8::1").exportPolicy).toEqual([]);
});

test("without a validated prefix nothing is taken in nor told to the services", () => {
  const families = samplePublicPeering.families.map((family) => ({ ...family, accepted: [] }));
  const changes = { publicPeering: { ...samplePublicPeering, families } };
  for (const { importPolicy } of [neighbor("198.18.0.1", changes)])
    expect(importPolicy).toEqual([]);
  const service = edge(changes).bgp?.neighbors.find(({ remoteAsn }) => remoteAsn === 65515);
  expect(service?.exportPolicy).toEqual([]);
});

test("no route leads anywhere that no rule names", () => {
  expect(edge().routes).toEqual([]);
  expect(planPublicEdge(inventory, { ...circuit, provisioned: false }, "primary")).toBeUndefined();
});
