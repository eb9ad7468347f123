import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fabricFileSchema, parseFabricFile } from "./fabric-file.ts";

const lab = readFileSync(new URL("../../fabrics/lab.yaml", import.meta.url), "utf8");

test("the lab's fabric file is valid", () => {
  expect(parseFabricFile(lab).faults).toEqual([]);
});

test.each([
  ["an unknown role", "role: transit", "role: transits", "nodes[0].role"],
  ["an unknown field", "name: lab\n", "name: lab\ncolour: blue\n", "colour"],
  [
    "a node that is not there",
    "ams-primary:direct1\n",
    "ams-tertiary:direct1\n",
    "peeringLocations[0].directPortPairs[0].primary",
  ],
  ["a port cabled twice", '"backbone:p2"', '"backbone:p1"', "links[1].ends[0]"],
  [
    "two edges that are one",
    "secondary: ams-secondary }",
    "secondary: ams-primary }",
    "peeringLocations[0].edges",
  ],
  [
    "a port pair of a provider with the name of another's",
    "name: fra-delta-1",
    "name: ams-polder-1",
    "providers[1].portPairs[0].name",
  ],
  [
    "a port pair of a provider with the name of a Direct one",
    "name: fra-rhine-1",
    "name: fra-direct-1",
    "providers[2].portPairs[0].name",
  ],
  [
    "two Direct port pairs with one name",
    "name: fra-direct-1",
    "name: ams-direct-1",
    "peeringLocations[1].directPortPairs[0].name",
  ],
  [
    "a hand-off with the name of another provider's",
    "name: vpn-maple",
    "name: cage-alder",
    "providers[2].handOffs[0].name",
  ],
  ["a hand-off on an edge", "polder:cage1", "ams-primary:cage1", "providers[0].handOffs[0]"],
  ["an underlay address used twice", "10.255.0.2/24", "10.255.0.1/24", "nodes[2].underlay.address"],
  [
    "a metro whose two sites are one",
    "secondary: Amsterdam 2 }",
    "secondary: Amsterdam }",
    "peeringLocations[2].sites",
  ],
  [
    "a metro with a site of another city",
    "sites: { primary: Amsterdam,",
    "sites: { primary: Frankfurt,",
    "peeringLocations[2].sites.primary",
  ],
  [
    "a metro whose site is that metro",
    "secondary: Amsterdam 2 }",
    "secondary: Amsterdam Metro }",
    "peeringLocations[2].sites.secondary",
  ],
  [
    "a metro with an edge that is not at its site",
    "secondary: Amsterdam 2 }",
    "secondary: Frankfurt }",
    "peeringLocations[2].sites.secondary",
  ],
  [
    "a port pair without a cable",
    '"ams-primary:nni-polder", provider',
    '"ams-primary:nni-x", provider',
    "providers[0].portPairs[0].primary",
  ],
])("%s is found with its line and column", (_title, from, to, path) => {
  const { faults, inventory } = parseFabricFile(lab.replace(from, to));
  expect(inventory).toBeUndefined();
  const fault = faults.find((candidate) => candidate.path === path);
  expect(fault, JSON.stringify(faults)).toBeDefined();
  expect(fault?.line).toBeGreaterThan(path === "" ? 0 : 1);
  expect(fault?.column).toBeGreaterThan(0);
});

test("what is not YAML is refused where it breaks", () => {
  const [fault] = parseFabricFile("name: [lab\nnodes: {").faults;
  expect(fault).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
});

test("all faults are told at once", () => {
  expect(parseFabricFile("name: lab").faults.length).toBeGreaterThan(1);
});

test("the published schema is the one that is enforced", async () => {
  await expect(`${JSON.stringify(fabricFileSchema(), null, 2)}\n`).toMatchFileSnapshot(
    "../../docs/fabric-file.schema.json",
  );
});
