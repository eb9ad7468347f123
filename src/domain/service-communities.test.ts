import { expect, test } from "vitest";
import { Inventory } from "../fabric/inventory.ts";
import { regionalCommunities } from "./service-communities.ts";

const inventory = (...names: readonly string[]) =>
  Inventory.parse({
    name: "tiny",
    regions: names.map((name) => ({ name, displayName: name.toUpperCase(), geography: "G" })),
    peeringLocations: [
      { name: "A", metro: "A", localRegions: names, edges: { primary: "e1", secondary: "e2" } },
    ],
    nodes: [
      { name: "e1", role: "edge" },
      { name: "e2", role: "edge" },
    ],
  });

test("every region of the inventory that has a number has its community", () => {
  expect(regionalCommunities(inventory("westeurope", "atlantis", "newzealandnorth"))).toEqual({
    serviceName: "RegionalServices",
    bgpCommunities: [
      expect.objectContaining({
        serviceSupportedRegion: "WESTEUROPE",
        communityValue: "12076:51002",
        communityPrefixes: [],
      }),
      expect.objectContaining({ communityValue: "12076:51059" }),
    ],
  });
});
