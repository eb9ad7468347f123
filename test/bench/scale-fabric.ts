/** One peering location, one provider, and one customer's router that keeps a VRF for every circuit. */
import { stringify } from "yaml";

export const LOCATION = "Utrecht";
export const REGION = "westeurope";
export const PROVIDER = "Wide Exchange";
export const EDGES = ["edge-1", "edge-2"] as const;
export const BANDWIDTH_MBPS = 50;

/** As many hand-offs as circuits, all on the two ports of the customer's cage, told apart by outer tags. */
export function scaleFabric(circuits: number): string {
  const [one, two] = EDGES;
  const side = (number: 1 | 2) => ({
    edge: `${EDGES[number - 1]}:nni`,
    provider: `exchange:nni${number}`,
  });
  return stringify({
    name: "scale",
    regions: [{ name: REGION, displayName: "West Europe", geography: "Europe" }],
    peeringLocations: [
      {
        name: LOCATION,
        metro: LOCATION,
        localRegions: [REGION],
        edges: { primary: one, secondary: two },
      },
    ],
    providers: [
      {
        name: PROVIDER,
        models: ["exchange-l2"],
        bandwidthsMbps: [BANDWIDTH_MBPS],
        portPairs: [
          {
            name: "pair",
            peeringLocation: LOCATION,
            bandwidthMbps: 100_000,
            overprovisionFactor: 4,
            primary: side(1),
            secondary: side(2),
          },
        ],
        handOffs: Array.from({ length: circuits }, (_, index) => ({
          kind: "l2",
          name: `cage-${index + 1}`,
          peeringLocation: LOCATION,
          primary: { port: "exchange:cage1", outer: index + 1 },
          secondary: { port: "exchange:cage2", outer: index + 1 },
        })),
      },
    ],
    gatewayHosts: [{ node: "cloud-host", region: REGION }],
    nodes: [
      { name: "backbone", role: "transit" },
      { name: one, role: "edge", underlay: { port: "core", address: "10.255.0.1/24" } },
      { name: two, role: "edge", underlay: { port: "core", address: "10.255.0.2/24" } },
      {
        name: "cloud-host",
        role: "gatewayHost",
        underlay: { port: "core", address: "10.255.0.10/24" },
      },
      { name: "exchange", role: "providerSwitch" },
      { name: "customer", role: "customerEdge" },
    ],
    links: [
      ["backbone:p1", `${one}:core`],
      ["backbone:p2", `${two}:core`],
      ["backbone:p3", "cloud-host:core"],
      [`${one}:nni`, "exchange:nni1"],
      [`${two}:nni`, "exchange:nni2"],
      ["exchange:cage1", "customer:wan1"],
      ["exchange:cage2", "customer:wan2"],
    ].map((ends) => ({ ends })),
    sites: [
      { name: "customer", router: "customer", prefixes: ["10.10.0.0/16"], vrfPerCircuit: true },
    ],
  });
}
