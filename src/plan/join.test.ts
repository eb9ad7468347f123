import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import type { RoutePolicy, VrfFragment } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { CircuitView, JoinView } from "./circuit-view.ts";
import { JOINED_COMMUNITY } from "./edge-policy.ts";
import { joinEnds, joinNeighbors, joinTunnels } from "./join.ts";
import { planCircuit } from "./plan.ts";
import { providerCircuit } from "./sample-circuit.ts";

const inventory: Inventory = readLab();
const maker: JoinView = {
  id: "/joins/1",
  number: 3,
  isMaker: true,
  peerServiceKey: "9a2b3c4d-0000-4000-8000-000000000002",
  peerEdges: { primary: "fra-primary", secondary: "fra-secondary" },
  options: {},
  networks: ["192.168.91.0/29", "fd65:91::/125"],
};

function withJoins(...joins: JoinView[]): CircuitView {
  return { ...providerCircuit(inventory, "Polder Exchange", "cage-alder"), joins };
}

function edge(circuit: CircuitView): VrfFragment {
  const fragment = planCircuit(inventory, circuit)[0]?.fragment;
  if (fragment?.kind !== "vrf") throw new Error("the first fragment is the primary edge's");
  return fragment;
}

test("each side has half of a join's networks, and the two ends differ", () => {
  expect(joinEnds(maker, "primary")).toEqual([
    { family: "ipv4", own: "192.168.91.1/30", peer: "192.168.91.2" },
    { family: "ipv6", own: "fd65:91::1/126", peer: "fd65:91::2" },
  ]);
  expect(joinEnds({ ...maker, isMaker: false }, "secondary")).toEqual([
    { family: "ipv4", own: "192.168.91.6/30", peer: "192.168.91.5" },
    { family: "ipv6", own: "fd65:91::6/126", peer: "fd65:91::5" },
  ]);
});

test("a tunnel leads to the other circuit's edge of the same side, by a VNI of its own", () => {
  const tunnels = (["primary", "secondary"] as const).flatMap((side) =>
    joinTunnels(inventory, withJoins(maker), side),
  );
  expect(tunnels.map(({ name, vni, local, remote }) => [name, vni, local, remote])).toEqual([
    ["j3", 40_006, "10.255.0.1", "10.255.0.3"],
    ["j3", 40_007, "10.255.0.2", "10.255.0.4"],
  ]);
});

test("the customer is given what came by a join; gateways and other joins are not", () => {
  const { bgp } = edge(withJoins(maker));
  const policies = new Map(bgp?.neighbors.map((each) => [each.description, each.exportPolicy]));
  const rulesFor = (start: string): RoutePolicy =>
    [...policies].find(([description]) => description.startsWith(start))?.[1] ?? [];
  const joined = { communities: [JOINED_COMMUNITY] };
  expect(rulesFor("primary link").at(-1)).toEqual({ action: "permit", ...joined });
  expect(rulesFor("gateway")[0]).toEqual({ action: "deny", ...joined });
  expect(rulesFor("join")).toEqual([
    { action: "deny", ...joined },
    {
      action: "deny",
      prefixes: [
        { prefix: "10.20.0.0/16", le: 32 },
        { prefix: "fd20:20::/48", le: 128 },
      ],
    },
    { action: "permit" },
  ]);
});

test("the options of a join are applied where it was made, and its rate at both ends", () => {
  const mine = [{ prefix: "10.9.0.0/16" }];
  const theirs = [{ prefix: "10.8.0.0/16", le: 24 }];
  const options = { importPrefixes: theirs, exportPrefixes: mine, rateMbps: 20 };
  const policies = (isMaker: boolean) => {
    const circuit = withJoins({ ...maker, isMaker, options });
    expect(joinTunnels(inventory, circuit, "primary")[0]).toMatchObject({ policeMbps: 20 });
    const { peering } = circuit;
    if (peering === undefined) throw new Error("it has a peering");
    const [neighbor] = joinNeighbors(inventory, circuit, { side: "primary", peering });
    return [neighbor?.importPolicy.at(-1)?.prefixes, neighbor?.exportPolicy.at(-1)?.prefixes];
  };
  expect(policies(true)).toEqual([theirs, mine]);
  expect(policies(false)).toEqual([undefined, undefined]);
});

test("what comes by a join is marked, yields to the own customer and takes no space of the circuit", () => {
  const circuit = withJoins(maker);
  const { peering } = circuit;
  if (peering === undefined) throw new Error("it has a peering");
  const [neighbor] = joinNeighbors(inventory, circuit, { side: "primary", peering });
  const [deny, permit] = neighbor?.importPolicy ?? [];
  expect(deny?.prefixes).toEqual(
    expect.arrayContaining([
      { prefix: "10.20.0.0/16", le: 32 },
      { prefix: "192.168.100.0/30", le: 32 },
      { prefix: "192.168.91.0/29", le: 32 },
      { prefix: "0.0.0.0/0" },
    ]),
  );
  expect(permit).toMatchObject({
    addCommunities: [JOINED_COMMUNITY],
    setLocalPreference: 50,
  });
});

function readLab(): Inventory {
  const { inventory: lab, faults } = parseFabricFile(
    readFileSync(new URL("../../fabrics/lab.yaml", import.meta.url), "utf8"),
  );
  if (lab === undefined) throw new Error(JSON.stringify(faults));
  return lab;
}
