import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import type { VrfFragment } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { providerCircuit, samplePublicPeering } from "./sample-circuit.ts";
import { allowedPrefixes, firstAddress, planServices } from "./services.ts";

const file = new URL("../../fabrics/lab.yaml", import.meta.url);
const inventory = parseFabricFile(readFileSync(file, "utf8")).inventory as Inventory;
const circuit = {
  ...providerCircuit(inventory, "Polder Exchange", "cage-alder"),
  publicPeering: samplePublicPeering,
};

test("a host stands before any circuit, and each that is provisioned brings a tunnel to both edges", () => {
  const linksWith = (circuits: Parameters<typeof planServices>[1]) =>
    planServices(inventory, circuits).flatMap(({ fragment }) =>
      fragment.kind === "vrf" ? fragment.interfaces.map(({ name }) => name) : [],
    );
  const { publicPeering: _, ...bare } = circuit;
  expect(linksWith([])).toEqual(["lo"]);
  expect(linksWith([bare, { ...circuit, number: 2, provisioned: false }])).toEqual(["lo"]);
  expect(linksWith([circuit])).toEqual(["lo", "s1p", "s1s"]);
});

test("services are told with their communities and their region's, validated prefixes heard", () => {
  const [host] = planServices(inventory, [circuit]);
  const fragment = host?.fragment as VrfFragment | undefined;
  const [neighbor] = fragment?.bgp?.neighbors ?? [];
  expect(neighbor?.exportPolicy[0]).toEqual({
    action: "permit",
    prefixes: [{ prefix: "198.19.2.0/24" }, { prefix: "2001:db8:f002::/48" }],
    addCommunities: ["12076:52002", "12076:51002"],
  });
  expect(neighbor?.importPolicy).toEqual([
    {
      action: "permit",
      prefixes: [
        { prefix: "198.18.16.0/24", le: 32 },
        { prefix: "2001:db8:16::/48", le: 128 },
      ],
    },
  ]);
});

test("a filter names services one by one, or by region", () => {
  const allowed = (...communities: string[]) =>
    allowedPrefixes(inventory, { family: "ipv4", communities });
  expect(allowed()).toEqual([]);
  expect(allowed("12076:5010")).toEqual([]);
  expect(allowed("12076:53002")).toEqual(["198.19.12.0/24"]);
  expect(allowed("12076:51002")).toEqual(["198.19.2.0/24", "198.19.12.0/24"]);
});

test("the first address of a prefix answers, and a single address itself", () => {
  expect(["198.19.2.0/24", "2001:db8:f002::/48", "198.19.3.7/32"].map(firstAddress)).toEqual([
    "198.19.2.1/32",
    "2001:db8:f002::1/128",
    "198.19.3.7/32",
  ]);
});
