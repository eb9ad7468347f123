import fc from "fast-check";
import { expect, test } from "vitest";
import { type ConvergedFabric, convergeFabric } from "./convergence.ts";
import { forwardPacket, injectPacket } from "./forwarding.ts";
import {
  directFabric,
  ethernetFabric,
  exchangeFabric,
  managedFabric,
  type SampleFabric,
  stateOf,
  subinterface,
  vrf,
} from "./sample-fabrics.ts";
import { gatewayFabric } from "./sample-gateway.ts";

const blue = { name: "blue", tags: [100, 10] };
const red = { name: "red", tags: [101, 10] };

function converged(sample: SampleFabric): ConvergedFabric {
  return convergeFabric(stateOf(sample), { nowMs: 0 });
}

function ping(
  fabric: ConvergedFabric,
  [node = "", name = ""]: readonly string[],
  destination: string,
) {
  const from = { node, vrf: name };
  return forwardPacket(fabric, {
    from,
    destination,
    protocol: "icmp",
    sourcePort: 0,
    destinationPort: 0,
  });
}

function wires({ trace }: ReturnType<typeof ping>) {
  return trace.flatMap((step) =>
    step.kind === "wire"
      ? [`${step.from.node}>${step.to.node} [${step.tags}]${step.encapsulated ? " vxlan" : ""}`]
      : [],
  );
}

test("two QinQ circuits on one pair of ports reach each its own cloud", () => {
  const fabric = converged(directFabric([blue, red]));
  for (const { name, tags } of [blue, red]) {
    const packet = ping(fabric, ["ce", name], "10.100.0.1");
    expect(packet).toMatchObject({ disposition: "delivered", at: { vrf: name } });
    expect(wires(packet)[0]).toMatch(`[${tags}]`);
  }
});

test("a Dot1Q circuit carries its one tag", () => {
  const fabric = converged(directFabric([{ name: "blue", tags: [10] }]));
  expect(wires(ping(fabric, ["edge0", "blue"], "10.1.0.1"))).toEqual(["edge0>ce [10]"]);
});

test("an exchange translates the outer tag", () => {
  const fabric = converged(exchangeFabric({ ...blue, customerTags: [200, 10] }));
  const packet = ping(fabric, ["ce", "blue"], "10.100.0.1");
  expect(packet.disposition).toBe("delivered");
  expect(wires(packet)).toEqual(["ce>switch [200,10]", "switch>edge0 [100,10]"]);
});

test("a tag that the switch does not know is dropped there", () => {
  const fabric = converged(exchangeFabric({ ...blue, customerTags: [200, 10] }));
  const flow = {
    source: "10.1.0.1",
    destination: "10.100.0.1",
    protocol: "icmp",
    sourcePort: 0,
    destinationPort: 0,
  } as const;
  const at = { node: "switch", port: "p0" };
  expect(injectPacket(fabric, { at, tags: [201, 10] }, flow)).toMatchObject([
    { disposition: "unknownTag", at },
  ]);
});

test("an Ethernet line over VXLAN takes the customer's whole port", () => {
  const fabric = converged(ethernetFabric(blue));
  const packet = ping(fabric, ["ce", "blue"], "10.100.0.1");
  expect(packet.disposition).toBe("delivered");
  expect(wires(packet)).toEqual([
    "ce>sw1 [10]",
    "sw1>transit [] vxlan",
    "transit>sw0 [] vxlan",
    "sw0>edge0 [100,10]",
  ]);
});

test("a tunnel with another vni at its far end carries nothing", () => {
  const sample = ethernetFabric(blue);
  const wrong = JSON.parse(JSON.stringify(sample.intents["sw1"]).replace("5000", "5001"));
  const fabric = converged({ ...sample, intents: { ...sample.intents, sw1: wrong } });
  expect(ping(fabric, ["ce", "blue"], "192.168.0.2").disposition).toBe("tunnelUnreachable");
});

test("all three branches of a managed circuit reach the cloud and are reached", () => {
  const fabric = converged(managedFabric());
  for (const branch of [1, 2, 3]) {
    expect(ping(fabric, [`branch${branch}`, "default"], "10.100.0.1").disposition).toBe(
      "delivered",
    );
    expect(ping(fabric, ["edge0", "blue"], `10.${branch}.0.1`)).toMatchObject({
      disposition: "delivered",
      at: { node: `branch${branch}` },
    });
  }
  expect(ping(fabric, ["branch1", "default"], "10.2.0.1").disposition).toBe("delivered");
});

test("a virtual machine and a customer share four ways between them, in both directions", () => {
  const fabric = converged(gatewayFabric());
  const ways = (
    from: { node: string; vrf: string },
    ends: { source: string; destination: string },
  ) =>
    new Set(
      Array.from({ length: 64 }, (_, flow) => {
        const packet = forwardPacket(fabric, {
          from,
          ...ends,
          protocol: "udp",
          sourcePort: 40_000 + flow,
          destinationPort: 7,
        });
        expect(packet.disposition).toBe("delivered");
        return packet.trace
          .flatMap((step) => (step.kind === "vrf" ? `${step.node}/${step.vrf}` : []))
          .join(" ");
      }),
    );
  const [vm, ce] = ["10.200.0.10", "10.1.0.1"];
  expect(ways({ node: "ce", vrf: "blue" }, { source: ce, destination: vm }).size).toBe(4);
  expect(ways({ node: "gw", vrf: "vm" }, { source: vm, destination: ce }).size).toBe(4);
});

test("IPv6 routes go over an IPv4 session with the interface's own address as next hop", () => {
  const sample = gatewayFabric();
  const fabric = converged(sample);
  expect(ping(fabric, ["edge0", "blue"], "fd00:200::10").disposition).toBe("delivered");
});

test("packets that nobody can deliver say why", () => {
  const fabric = converged(managedFabric());
  expect(ping(fabric, ["edge0", "blue"], "203.0.113.1").disposition).toBe("noRoute");
  expect(ping(fabric, ["edge0", "blue"], "10.1.77.1").at).toEqual({
    node: "branch1",
    vrf: "default",
  });
  expect(ping(fabric, ["branch1", "default"], "10.1.77.1").disposition).toBe("unresolvedNeighbor");
  expect(ping(fabric, ["edge0", "none"], "10.1.0.1").disposition).toBe("noRoute");
});

test("two routers that send a packet to each other end in a loop, and its own sender takes none back", () => {
  const sample: SampleFabric = {
    cabling: directFabric([]).cabling,
    intents: {
      edge0: [router("edge", "192.168.0.2/30", "192.168.0.1")],
      ce: [router("ce", "192.168.0.1/30", "192.168.0.2")],
    },
  };
  const fabric = converged(sample);
  const packet = {
    from: { node: "ce", vrf: "default" },
    destination: "203.0.113.1",
    protocol: "icmp",
    sourcePort: 0,
    destinationPort: 0,
  } as const;
  expect(forwardPacket(fabric, { ...packet, source: "198.51.100.9" }).disposition).toBe("loop");
  expect(forwardPacket(fabric, packet).disposition).toBe("martianSource");
});

test("a router between links passes no packet on whose source it has no route to", () => {
  const sample = exchangeFabric({ name: "blue", tags: [100, 10] });
  const fabric = converged(sample);
  const from = { node: "ce", vrf: "blue" };
  const packet = { from, destination: "10.100.0.1", protocol: "icmp" } as const;
  const ports = { sourcePort: 0, destinationPort: 0 };
  const strange = forwardPacket(fabric, { ...packet, ...ports, source: "203.0.113.5" });
  // An edge's VRF of one link is a host's as far as this goes.
  expect(strange.disposition).toBe("delivered");
  const edge = sample.intents["edge0"]?.[0];
  if (edge?.kind !== "vrf") throw new Error("no VRF");
  const second = subinterface("other", { port: "nni2" }, ["192.168.9.2/30"]);
  const between = { ...edge, interfaces: [...edge.interfaces, second] };
  const checked = converged({ ...sample, intents: { ...sample.intents, edge0: [between] } });
  expect(forwardPacket(checked, { ...packet, ...ports, source: "203.0.113.5" }).disposition).toBe(
    "unroutableSource",
  );
  expect(forwardPacket(checked, { ...packet, ...ports, source: "10.1.0.1" }).disposition).toBe(
    "delivered",
  );
});

function router(side: "edge" | "ce", address: string, via: string) {
  const port = side === "edge" ? "nni" : "p0";
  return vrf("default", [subinterface("wan", { port }, [address])], {
    routes: [{ prefix: "0.0.0.0/0", via: [via] }],
  });
}

test("a packet with one circuit's tags never comes to another circuit", () => {
  const tag = fc.integer({ min: 1, max: 12 });
  const pair = fc.tuple(tag, tag, tag).filter(([one, other]) => one !== other);
  fc.assert(
    fc.property(pair, fc.boolean(), ([one, other, inner], fromCustomer) => {
      const circuits = [
        { name: "blue", tags: [one, inner] },
        { name: "red", tags: [other, inner] },
      ];
      const fabric = converged(directFabric(circuits));
      const at = fromCustomer ? { node: "edge0", port: "nni" } : { node: "ce", port: "p0" };
      const flow = {
        source: fromCustomer ? "10.1.0.1" : "10.100.0.1",
        destination: fromCustomer ? "10.100.0.1" : "10.1.0.1",
        protocol: "udp",
        sourcePort: 1,
        destinationPort: 2,
      } as const;
      for (const { name, tags } of circuits) {
        const fates = injectPacket(fabric, { at, tags }, flow);
        expect(fates).toMatchObject([{ disposition: "delivered", at: { vrf: name } }]);
        const visited = fates.flatMap(({ trace }) => trace).filter((step) => step.kind === "vrf");
        expect(visited.every((step) => step.vrf === name)).toBe(true);
      }
    }),
  );
});
