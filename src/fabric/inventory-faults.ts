/**
 * What a schema cannot see: names that point nowhere, ports used twice, edges that are one edge.
 * Every fault says what would pass.
 */

import { isNetwork, networkOf, prefixesOverlap, prefixOf } from "../base/prefix.ts";
import { SIDES } from "./intent.ts";
import { type Inventory, type NodeRole, parsePortReference } from "./inventory.ts";

export type InventoryFault = {
  readonly path: readonly (string | number)[];
  readonly message: string;
};

export function inventoryFaults(inventory: Inventory): readonly InventoryFault[] {
  return [
    ...duplicateFaults(inventory),
    ...pairNameFaults(inventory),
    ...linkFaults(inventory),
    ...locationFaults(inventory),
    ...metroFaults(inventory),
    ...providerFaults(inventory),
    ...labFaults(inventory),
    ...publicServiceFaults(inventory),
    ...underlayFaults(inventory),
  ];
}

function* duplicateFaults(inventory: Inventory): Generator<InventoryFault> {
  const lists = [
    "regions",
    "peeringLocations",
    "providers",
    "nodes",
    "sites",
    "publicServices",
  ] as const;
  for (const list of lists) {
    const seen = new Set<string>();
    for (const [index, { name }] of inventory[list].entries()) {
      if (seen.has(name.toLowerCase()))
        yield {
          path: [list, index, "name"],
          message: `'${name}' is used twice; names in ${list} must differ`,
        };
      seen.add(name.toLowerCase());
    }
  }
}

/** Outer tags and bandwidth are given out by the pair's name: two pairs of one name would share them. */
function* pairNameFaults({ peeringLocations, providers }: Inventory): Generator<InventoryFault> {
  const direct = peeringLocations.flatMap(({ directPortPairs }, index) =>
    directPortPairs.map(({ name }, i) => ({
      name,
      path: ["peeringLocations", index, "directPortPairs", i, "name"],
    })),
  );
  const provided = providers.flatMap(({ portPairs }, index) =>
    portPairs.map(({ name }, i) => ({ name, path: ["providers", index, "portPairs", i, "name"] })),
  );
  const seen = new Set<string>();
  for (const { name, path } of [...direct, ...provided]) {
    if (seen.has(name))
      yield {
        path,
        message: `port pair '${name}' is used twice; names of port pairs must differ, of providers and Direct alike`,
      };
    seen.add(name);
  }
}

function* linkFaults(inventory: Inventory): Generator<InventoryFault> {
  const used = new Set<string>();
  for (const [index, { ends }] of inventory.links.entries()) {
    for (const [side, end] of ends.entries()) {
      const path = ["links", index, "ends", side];
      yield* unknownNode(inventory, end, path);
      if (used.has(end))
        yield { path, message: `port '${end}' is cabled twice; a port has one link` };
      used.add(end);
    }
  }
}

function* locationFaults(inventory: Inventory): Generator<InventoryFault> {
  for (const [index, location] of inventory.peeringLocations.entries()) {
    const at = ["peeringLocations", index];
    const { primary, secondary } = location.edges;
    yield* wrongRole(inventory, primary, ["edge"], [...at, "edges", "primary"]);
    yield* wrongRole(inventory, secondary, ["edge"], [...at, "edges", "secondary"]);
    if (primary === secondary) {
      yield {
        path: [...at, "edges"],
        message: `both edges are '${primary}'; a peering location needs two different edges`,
      };
    }
    for (const [i, region] of location.localRegions.entries()) {
      if (!inventory.regions.some(({ name }) => name === region)) {
        yield {
          path: [...at, "localRegions", i],
          message: `no region '${region}'; known: ${listOf(inventory.regions)}`,
        };
      }
    }
    for (const [i, pair] of location.directPortPairs.entries()) {
      yield* edgePort(location, pair.primary, "primary", [...at, "directPortPairs", i, "primary"]);
      yield* edgePort(location, pair.secondary, "secondary", [
        ...at,
        "directPortPairs",
        i,
        "secondary",
      ]);
    }
  }
}

/** A circuit there is told to survive the loss of a site: the sites must be two, of one city, and the edges theirs. */
function* metroFaults({ peeringLocations }: Inventory): Generator<InventoryFault> {
  for (const [index, { name, metro, sites, edges }] of peeringLocations.entries()) {
    if (sites === undefined) continue;
    const at = ["peeringLocations", index, "sites"];
    if (sites.primary === sites.secondary)
      yield { path: at, message: `both sites are '${sites.primary}'; a metro location has two` };
    for (const side of SIDES) {
      const path = [...at, side];
      const site = peeringLocations.find((one) => one.name === sites[side]);
      if (site === undefined) continue;
      if (site.sites !== undefined)
        yield { path, message: `'${site.name}' is a metro location; name one of its sites` };
      if (site.metro !== metro)
        yield { path, message: `'${site.name}' is in ${site.metro} and ${name} in ${metro}` };
      if (!Object.values(site.edges).includes(edges[side]))
        yield { path, message: `${name}'s ${side} edge '${edges[side]}' is not at ${site.name}` };
    }
  }
}

function* providerFaults(inventory: Inventory): Generator<InventoryFault> {
  const handOffs = new Set<string>();
  for (const [index, provider] of inventory.providers.entries()) {
    for (const [i, pair] of provider.portPairs.entries()) {
      const at = ["providers", index, "portPairs", i];
      const location = inventory.peeringLocations.find(({ name }) => name === pair.peeringLocation);
      if (location === undefined)
        yield unknownLocation(inventory, pair.peeringLocation, [...at, "peeringLocation"]);
      for (const side of SIDES) {
        if (location) yield* edgePort(location, pair[side].edge, side, [...at, side, "edge"]);
        const { node } = parsePortReference(pair[side].provider);
        yield* wrongRole(
          inventory,
          node,
          ["providerSwitch", "providerEdge"],
          [...at, side, "provider"],
        );
        if (!cabled(inventory, pair[side].edge, pair[side].provider)) {
          yield {
            path: [...at, side],
            message: `no link joins '${pair[side].edge}' and '${pair[side].provider}'`,
          };
        }
      }
    }
    for (const [i, handOff] of provider.handOffs.entries()) {
      const at = ["providers", index, "handOffs", i];
      if (handOffs.has(handOff.name))
        yield {
          path: [...at, "name"],
          message: `hand-off '${handOff.name}' is used twice; names of hand-offs must differ over all providers`,
        };
      handOffs.add(handOff.name);
      if (
        !provider.portPairs.some(
          ({ peeringLocation }) => peeringLocation === handOff.peeringLocation,
        )
      ) {
        yield {
          path: [...at, "peeringLocation"],
          message: `${provider.name} has no port pair at '${handOff.peeringLocation}'`,
        };
      }
      const ports =
        handOff.kind === "l2"
          ? [handOff.primary.port, handOff.secondary.port]
          : handOff.branches.map(({ port }) => port);
      for (const port of ports)
        yield* wrongRole(
          inventory,
          parsePortReference(port).node,
          ["providerSwitch", "providerEdge"],
          at,
        );
    }
  }
}

function* labFaults(inventory: Inventory): Generator<InventoryFault> {
  for (const [index, { node, region }] of inventory.gatewayHosts.entries()) {
    yield* wrongRole(inventory, node, ["gatewayHost"], ["gatewayHosts", index, "node"]);
    if (!inventory.regions.some(({ name }) => name === region)) {
      yield {
        path: ["gatewayHosts", index, "region"],
        message: `no region '${region}'; known: ${listOf(inventory.regions)}`,
      };
    }
  }
  for (const [index, site] of inventory.sites.entries()) {
    yield* wrongRole(inventory, site.router, ["customerEdge"], ["sites", index, "router"]);
  }
}

/** Tunnels of public peerings are numbered for so many service hosts (`plan/service-tunnel.ts`). */
const serviceHostsMax = 8;

function* publicServiceFaults(inventory: Inventory): Generator<InventoryFault> {
  const { publicServices, regions } = inventory;
  const nodes = new Set<string>();
  const held: { prefix: string; name: string }[] = [];
  for (const [index, { name, node, region, prefixes }] of publicServices.entries()) {
    const at = ["publicServices", index];
    yield* wrongRole(inventory, node, ["serviceHost"], [...at, "node"]);
    nodes.add(node);
    if (nodes.size > serviceHostsMax)
      yield {
        path: [...at, "node"],
        message: `there can be at most ${serviceHostsMax} service hosts`,
      };
    if (!regions.some((each) => each.name === region))
      yield {
        path: [...at, "region"],
        message: `no region '${region}'; known: ${listOf(regions)}`,
      };
    for (const [i, prefix] of prefixes.entries()) {
      const path = [...at, "prefixes", i];
      if (!isNetwork(prefixOf(prefix)))
        yield { path, message: `${prefix} has host bits; write its network` };
      const other = held.find((one) => prefixesOverlap(prefixOf(one.prefix), prefixOf(prefix)));
      if (other !== undefined)
        yield { path, message: `${prefix} overlaps ${other.prefix} of service '${other.name}'` };
      held.push({ prefix, name });
    }
  }
}

const onUnderlay: ReadonlySet<NodeRole> = new Set(["edge", "gatewayHost", "serviceHost"]);

/** Tunnels run between underlay addresses: each must be one node's alone, on a network of its own kind. */
function* underlayFaults(inventory: Inventory): Generator<InventoryFault> {
  const seen = new Map<string, string>();
  for (const [index, node] of inventory.nodes.entries()) {
    const path = ["nodes", index, "underlay", "address"];
    if (node.underlay === undefined) {
      if (onUnderlay.has(node.role)) {
        yield {
          path: ["nodes", index],
          message: `${node.role} '${node.name}' needs an underlay port and address`,
        };
      }
      continue;
    }
    const address = node.underlay.address.split("/")[0] ?? "";
    const other = seen.get(address);
    if (other !== undefined)
      yield { path, message: `underlay address ${address} belongs to '${other}' already` };
    seen.set(address, node.name);
    const network = networkOf(prefixOf(node.underlay.address));
    if (prefixesOverlap(network, prefixOf("169.254.0.0/16"))) {
      yield {
        path,
        message: `${node.underlay.address} is link-local space, which tunnels use; choose another network`,
      };
    }
  }
}

function* unknownNode(
  inventory: Inventory,
  port: string,
  path: InventoryFault["path"],
): Generator<InventoryFault> {
  const { node } = parsePortReference(port);
  if (!inventory.nodes.some(({ name }) => name === node))
    yield { path, message: `no node '${node}'; known: ${listOf(inventory.nodes)}` };
}

function* wrongRole(
  inventory: Inventory,
  name: string,
  roles: readonly NodeRole[],
  path: InventoryFault["path"],
): Generator<InventoryFault> {
  const node = inventory.nodes.find((candidate) => candidate.name === name);
  if (node === undefined)
    yield { path, message: `no node '${name}'; known: ${listOf(inventory.nodes)}` };
  else if (!roles.includes(node.role))
    yield {
      path,
      message: `node '${name}' is a ${node.role}; here a ${roles.join(" or ")} is needed`,
    };
}

function* edgePort(
  location: Inventory["peeringLocations"][number],
  port: string,
  side: "primary" | "secondary",
  path: InventoryFault["path"],
): Generator<InventoryFault> {
  const { node } = parsePortReference(port);
  if (node !== location.edges[side]) {
    yield {
      path,
      message: `'${port}' is not on ${location.name}'s ${side} edge '${location.edges[side]}'`,
    };
  }
}

function unknownLocation(
  inventory: Inventory,
  name: string,
  path: InventoryFault["path"],
): InventoryFault {
  return {
    path,
    message: `no peering location '${name}'; known: ${listOf(inventory.peeringLocations)}`,
  };
}

function cabled(inventory: Inventory, one: string, other: string): boolean {
  return inventory.links.some(({ ends }) => ends.includes(one) && ends.includes(other));
}

function listOf(named: readonly { readonly name: string }[]): string {
  return named.map(({ name }) => name).join(", ");
}
