/** Small whole fabrics, one for each connectivity model, for tests and benchmarks of the simulation. */
import type {
  Bgp,
  CrossConnectFragment,
  Fragment,
  Neighbor,
  NodeName,
  PolicyRule,
  StaticRoute,
  Subinterface,
  Tunnel,
  VrfFragment,
  VrfInterface,
} from "../fabric/intent.ts";
import type { Cabling } from "../fabric/probe.ts";
import type { FabricState } from "./carrier.ts";
import { nodeModel } from "./node-model.ts";

export type SampleFabric = {
  readonly cabling: Cabling;
  readonly intents: Readonly<Record<NodeName, readonly Fragment[]>>;
};

/** The state of a sample with nothing unplugged and nothing silent. */
export function stateOf({ cabling, intents }: SampleFabric): FabricState {
  const nodes = cabling.nodes.map((node) =>
    nodeModel({ ...node, fragments: intents[node.name] ?? [] }),
  );
  return {
    cabling,
    nodes: new Map(nodes.map((node) => [node.name, node])),
    unplugged: new Set(),
    silent: new Set(),
  };
}

/** `a:p1 b:p1` is a link; every node named runs BGP unless it is in `hosts`. */
export function cablingOf(
  links: readonly string[],
  { hosts = [], alone = [] }: { hosts?: readonly string[]; alone?: readonly string[] } = {},
): Cabling {
  const ends = links.map((link) => {
    const [one = "", other = ""] = link.split(" ");
    return [portPlace(one), portPlace(other)] as const;
  });
  const names = new Set([...ends.flat().map(({ node }) => node), ...alone]);
  return {
    nodes: [...names].map((name) => ({ name, routing: !hosts.includes(name) })),
    links: ends,
  };
}

function portPlace(text: string) {
  const [node = "", port = ""] = text.split(":");
  return { node, port };
}

export function vrf(
  name: string,
  interfaces: readonly VrfInterface[],
  rest: { bgp?: Bgp; routes?: readonly StaticRoute[]; frrText?: string } = {},
): VrfFragment {
  return { kind: "vrf", key: `vrf/${name}`, name, interfaces, routes: [], ...rest };
}

export function subinterface(
  name: string,
  place: { port: string; tags?: readonly number[]; meter?: string },
  addresses: readonly string[],
): Subinterface {
  const seed = `${name}${place.port}${addresses[0]}`;
  const digits = [...seed].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 0xffffff, 7);
  const mac = `02:00:00${digits.toString(16).padStart(6, "0").replace(/../g, ":$&")}`;
  return { kind: "subinterface", name, mtu: 1500, tags: [], mac, addresses, ...place };
}

export function loopback(...addresses: readonly string[]): VrfInterface {
  return { kind: "loopback", name: "lo0", mtu: 65_536, addresses };
}

export function leg(name: string, segment: string, addresses: readonly string[]): VrfInterface {
  const mac = `02:00:01:00:00:${name.length.toString(16).padStart(2, "0")}`;
  return { kind: "segment", name, segment, mac, mtu: 1500, addresses };
}

export function tunnel(
  name: string,
  ends: { vni: number; local: string; remote: string },
  addresses: readonly string[],
): Tunnel {
  return { kind: "tunnel", name, mtu: 1450, addresses, ...ends };
}

export const everything: readonly PolicyRule[] = [{ action: "permit" }];

export function session(
  address: string,
  remoteAsn: number,
  rest: Partial<Neighbor> = {},
): Neighbor {
  return {
    address,
    remoteAsn,
    description: "",
    enabled: true,
    families: ["ipv4", "ipv6"],
    bfd: { intervalMs: 300, multiplier: 3 },
    keepaliveSeconds: 60,
    holdSeconds: 180,
    importPolicy: everything,
    exportPolicy: everything,
    ...rest,
  };
}

export function speaker(
  asn: number,
  networks: readonly string[],
  neighbors: readonly Neighbor[],
): Bgp {
  const last = neighbors[0]?.address.split(".").at(-1) ?? "1";
  return { asn, routerId: `10.255.${asn % 200}.${last}`, networks, maximumPaths: 8, neighbors };
}

export function crossConnect(
  name: string,
  ends: CrossConnectFragment["ends"],
  lossForwarding = false,
): CrossConnectFragment {
  return { kind: "crossConnect", key: `cc/${name}`, meter: name, ends, lossForwarding };
}

export type CircuitSample = {
  readonly name: string;
  readonly tags: readonly number[];
  /** Tags on the customer's port, where they differ. */
  readonly customerTags?: readonly number[];
  readonly cloud?: string;
  readonly site?: string;
};

/** The edge's side of a circuit on `nni`, with the cloud on a loopback. */
export function edgeVrf(
  { name, tags, cloud = "10.100.0" }: CircuitSample,
  link: 0 | 1 = 0,
): VrfFragment {
  const subnet = link === 0 ? "192.168.0" : "192.168.1";
  return vrf(
    name,
    [
      subinterface("wan", { port: "nni", tags, meter: name }, [`${subnet}.2/30`]),
      loopback(`${cloud}.1/24`),
    ],
    { bgp: speaker(12076, [`${cloud}.0/24`], [session(`${subnet}.1`, 65010)]) },
  );
}

/** The customer's side: one subinterface for each of `ports`, the site on a loopback. */
export function customerVrf(
  circuit: CircuitSample,
  ports: readonly string[] = ["p0"],
): VrfFragment {
  const { name, tags, customerTags = tags, site = "10.1.0" } = circuit;
  const subnets = ports.map((_, link) => `192.168.${link}`);
  return vrf(
    name,
    [
      ...ports.map((port, link) =>
        subinterface(`wan${link}`, { port, tags: customerTags }, [`${subnets[link]}.1/30`]),
      ),
      loopback(`${site}.1/24`),
    ],
    {
      bgp: speaker(
        65010,
        [`${site}.0/24`],
        subnets.map((subnet) => session(`${subnet}.2`, 12076)),
      ),
    },
  );
}

/** A customer's own ports at both edges, each circuit with its outer tag, or one tag in all for Dot1Q. */
export function directFabric(circuits: readonly CircuitSample[]): SampleFabric {
  return {
    cabling: cablingOf(["edge0:nni ce:p0", "edge1:nni ce:p1"]),
    intents: {
      edge0: circuits.map((circuit) => edgeVrf(circuit, 0)),
      edge1: circuits.map((circuit) => edgeVrf(circuit, 1)),
      ce: circuits.map((circuit) => customerVrf(circuit, ["p0", "p1"])),
    },
  };
}

/** Edge, exchange switch, customer: the switch translates the outer tag. */
export function exchangeFabric(circuit: CircuitSample, lossForwarding = false): SampleFabric {
  const [outer = null] = circuit.tags;
  const customerOuter =
    circuit.customerTags?.length === 1 ? null : (circuit.customerTags?.[0] ?? outer);
  return {
    cabling: cablingOf(["edge0:nni switch:nni", "switch:p0 ce:p0"]),
    intents: {
      edge0: [edgeVrf(circuit)],
      switch: [
        crossConnect(
          circuit.name,
          [
            { kind: "port", port: "nni", outer, exclusive: true },
            { kind: "port", port: "p0", outer: customerOuter, exclusive: true },
          ],
          lossForwarding,
        ),
      ],
      ce: [customerVrf(circuit)],
    },
  };
}

/** Two carrier switches with a VXLAN between them over a transit router. */
export function ethernetFabric(circuit: CircuitSample, lossForwarding = false): SampleFabric {
  const [outer = null] = circuit.tags;
  const ends = { vni: 5000, local: "172.16.0.1", remote: "172.16.1.1" };
  const underlay = (address: string, via: string) =>
    vrf("default", [subinterface("ul", { port: "ul" }, [address])], {
      routes: [{ prefix: "172.16.0.0/16", via: [via] }],
    });
  return {
    cabling: cablingOf([
      "edge0:nni sw0:nni",
      "sw0:ul transit:u0",
      "transit:u1 sw1:ul",
      "sw1:p0 ce:p0",
    ]),
    intents: {
      edge0: [edgeVrf(circuit)],
      sw0: [
        underlay("172.16.0.1/24", "172.16.0.254"),
        crossConnect(
          circuit.name,
          [
            { kind: "port", port: "nni", outer, exclusive: true },
            { kind: "tunnel", name: "line", ...ends },
          ],
          lossForwarding,
        ),
      ],
      transit: [
        vrf("default", [
          subinterface("u0", { port: "u0" }, ["172.16.0.254/24"]),
          subinterface("u1", { port: "u1" }, ["172.16.1.254/24"]),
        ]),
      ],
      sw1: [
        underlay("172.16.1.1/24", "172.16.1.254"),
        crossConnect(
          circuit.name,
          [
            { kind: "tunnel", name: "line", vni: 5000, local: ends.remote, remote: ends.local },
            { kind: "port", port: "p0", outer: null, exclusive: true },
          ],
          lossForwarding,
        ),
      ],
      ce: [customerVrf({ ...circuit, customerTags: circuit.tags.slice(1) })],
    },
  };
}

/** A provider's VRF speaks BGP with the edge and reaches three branches by static routes. */
export function managedFabric(): SampleFabric {
  const circuit = { name: "blue", tags: [100, 10] };
  const branches = [1, 2, 3];
  return {
    cabling: cablingOf(
      ["edge0:nni pe:nni", ...branches.map((branch) => `pe:b${branch} branch${branch}:wan`)],
      { hosts: branches.map((branch) => `branch${branch}`) },
    ),
    intents: {
      edge0: [edgeVrf(circuit)],
      pe: [
        vrf(
          "blue",
          [
            subinterface("wan", { port: "nni", tags: [100, 10] }, ["192.168.0.1/30"]),
            ...branches.map((branch) =>
              subinterface(`b${branch}`, { port: `b${branch}` }, [`172.20.${branch}.1/30`]),
            ),
          ],
          {
            routes: branches.map((branch) => ({
              prefix: `10.${branch}.0.0/16`,
              via: [`172.20.${branch}.2`],
            })),
            bgp: speaker(
              65010,
              branches.map((branch) => `10.${branch}.0.0/16`),
              [session("192.168.0.2", 12076)],
            ),
          },
        ),
      ],
      ...Object.fromEntries(
        branches.map((branch) => [
          `branch${branch}`,
          [
            vrf(
              "default",
              [
                subinterface("wan", { port: "wan" }, [`172.20.${branch}.2/30`]),
                loopback(`10.${branch}.0.1/16`),
              ],
              { routes: [{ prefix: "0.0.0.0/0", via: [`172.20.${branch}.1`] }] },
            ),
          ],
        ]),
      ),
    },
  };
}
