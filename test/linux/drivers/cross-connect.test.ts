import { expect, test } from "vitest";
import { ipAt, nodePaths } from "../../../src/drivers/places.ts";
import { run } from "../../../src/drivers/run.ts";
import { VrfSlots } from "../../../src/drivers/vrf-slots.ts";
import type { CrossConnectFragment, VrfFragment } from "../../../src/fabric/intent.ts";
import { circuitVrf, eventually, raiseBenchLab, soon } from "./bench-lab.ts";

const ping = { count: 3, intervalMs: 10, timeoutMs: 300 };

test("a switch translates the outer tag, keeps the inner one and counts", async () => {
  await using lab = await raiseBenchLab("cross", ["edge:p1-sw:north", "sw:south-ce:up"]);
  const cross: CrossConnectFragment = {
    kind: "crossConnect",
    key: "cross/1",
    meter: "x1",
    ends: [
      { kind: "port", port: "south", outer: 30, exclusive: true },
      { kind: "port", port: "north", outer: 100, exclusive: true },
    ],
    lossForwarding: true,
  };
  await Promise.all([
    lab.converge("edge", [circuitVrf(1, 1, { port: "p1", tags: [100, 7] })]),
    lab.converge("sw", [cross]),
    lab.converge("ce", [circuitVrf(2, 1, { port: "up", tags: [30, 7] })]),
  ]);
  await lab.established("edge", "c1");
  const [meter] = (await lab.node("sw").observe(soon())).meters;
  expect(meter?.in.packets).toBeGreaterThan(0);
  expect(meter?.out.packets).toBeGreaterThan(0);

  await lab.probe.setPort({ node: "ce", port: "up" }, false);
  await eventually(
    async () => ((await lab.session("edge", "c1"))?.state !== "Established" ? true : undefined),
    3000,
  );
  const held = (await lab.node("sw").observe(soon())).ports.find(({ port }) => port === "north");
  expect(held?.up).toBe(false);
  await lab.probe.setPort({ node: "ce", port: "up" }, true);
  await lab.established("edge", "c1");

  await lab.converge("sw", []);
  const from = { node: "ce", vrf: "c1" };
  expect((await lab.probe.ping({ from, to: "192.168.1.1", ...ping })).received).toBe(0);
});

test("a whole port crosses over a VXLAN tunnel between two switches, and its loss with it", async () => {
  const links = ["edge:p1-swa:north", "swa:core-swb:core", "swb:south-ce:up"];
  await using lab = await raiseBenchLab("vx", links);
  const underlay = (address: string): VrfFragment => ({
    kind: "vrf",
    key: "underlay",
    name: "default",
    interfaces: [
      {
        kind: "subinterface",
        name: "core",
        port: "core",
        tags: [],
        mac: `02:0e:00:00:00:${address.slice(-1).padStart(2, "0")}`,
        addresses: [`${address}/24`],
        mtu: 9000,
      },
    ],
    routes: [],
  });
  const cross = (
    end: { port: string; outer: number | null },
    local: string,
    remote: string,
  ): CrossConnectFragment => ({
    kind: "crossConnect",
    key: "cross/1",
    meter: "x1",
    ends: [
      { kind: "port", exclusive: true, ...end },
      { kind: "tunnel", name: "xt1", vni: 7001, local, remote },
    ],
    lossForwarding: true,
  });
  await Promise.all([
    lab.converge("edge", [circuitVrf(1, 1, { port: "p1", tags: [100, 7] })]),
    lab.converge("swa", [
      underlay("10.99.0.1"),
      cross({ port: "north", outer: 100 }, "10.99.0.1", "10.99.0.2"),
    ]),
    lab.converge("swb", [
      underlay("10.99.0.2"),
      cross({ port: "south", outer: null }, "10.99.0.2", "10.99.0.1"),
    ]),
    lab.converge("ce", [circuitVrf(2, 1, { port: "up", tags: [7] })]),
  ]);
  await lab.established("edge", "c1");
  await lab.probe.setPort({ node: "ce", port: "up" }, false);
  const started = performance.now();
  await eventually(
    async () => ((await lab.session("edge", "c1"))?.state !== "Established" ? true : undefined),
    3000,
  );
  expect(performance.now() - started).toBeLessThan(800);
  await lab.probe.setPort({ node: "ce", port: "up" }, true);
  await lab.established("edge", "c1");
});

test("a gateway on a segment reaches a virtual machine, and an edge over a tunnel carries both families", async () => {
  await using lab = await raiseBenchLab("gw", ["edge:core-gw:core"]);
  const core = (node: 1 | 2): VrfFragment => ({
    kind: "vrf",
    key: "underlay",
    name: "default",
    interfaces: [
      {
        kind: "subinterface",
        name: "core",
        port: "core",
        tags: [],
        mac: `02:0e:00:00:00:0${node}`,
        addresses: [`10.99.0.${node}/24`],
        mtu: 9000,
      },
    ],
    routes: [],
  });
  const routed = (side: 1 | 2): VrfFragment => {
    const base = circuitVrf(side, 1, { port: "core", tags: [] });
    const tunnel = {
      kind: "tunnel" as const,
      name: "to-peer",
      vni: 5001,
      local: `10.99.0.${side}`,
      remote: `10.99.0.${side === 1 ? 2 : 1}`,
      addresses: [`192.168.1.${side}/30`, `fd00:1::${side}/126`],
      mtu: 1500,
    };
    const segment = {
      kind: "segment" as const,
      name: "vnet",
      segment: "vnet-1",
      mac: "02:0d:00:00:00:01",
      addresses: ["10.2.1.1/24", "fd00:2::1/64"],
      mtu: 1500,
    };
    const bgp = base.bgp;
    const neighbor = bgp?.neighbors[0];
    if (bgp === undefined || neighbor === undefined) throw new Error("no neighbor");
    return {
      ...base,
      interfaces: [tunnel, ...(side === 2 ? [segment] : [])],
      bgp: {
        ...bgp,
        networks: side === 2 ? ["10.2.1.0/24", "fd00:2::/64"] : [],
        neighbors: [{ ...neighbor, importPolicy: [{ action: "permit" }] }],
      },
    };
  };
  const machine = (number: 1 | 2): VrfFragment => ({
    kind: "vrf",
    key: `vm${number}`,
    name: `vm${number}`,
    interfaces: [
      {
        kind: "segment",
        name: "eth0",
        segment: `vnet-${number}`,
        mac: "02:0d:00:00:00:02",
        addresses: ["10.2.1.4/24", "fd00:2::4/64"],
        mtu: 1500,
      },
    ],
    routes: [
      { prefix: "0.0.0.0/0", via: ["10.2.1.1"] },
      { prefix: "::/0", via: ["fd00:2::1"] },
    ],
  });
  const segment = (number: 1 | 2) => ({
    kind: "segment" as const,
    key: `segment${number}`,
    name: `vnet-${number}`,
    ports: [],
    mtu: 1500,
  });
  await Promise.all([
    lab.converge("edge", [core(1), routed(1)]),
    lab.converge("gw", [core(2), segment(1), segment(2), routed(2), machine(1), machine(2)]),
  ]);
  await lab.established("edge", "c1");
  const from = { node: "edge", vrf: "c1" };
  await eventually(async () => {
    const four = await lab.probe.ping({ from, to: "10.2.1.4", ...ping });
    const six = await lab.probe.ping({ from, to: "fd00:2::4", ...ping });
    return four.received === 3 && six.received === 3 ? true : undefined;
  });
  // Past the bridge: what it sends to the machine does not grow. And never onto another's segment.
  const before = await framesOfMachines(lab.lab);
  const many = await lab.probe.ping({ from, to: "10.2.1.4", ...ping, count: 100 });
  expect(many.received).toBe(100);
  const after = await framesOfMachines(lab.lab);
  expect(after.arrived[0] - before.arrived[0]).toBeGreaterThanOrEqual(100);
  expect(after.bridged - before.bridged).toBeLessThan(20);
  expect(after.arrived[1] - before.arrived[1]).toBeLessThan(20);
});

/** Frames that arrived at each of two machines, and those that bridges sent out of their ports. */
async function framesOfMachines(lab: string) {
  const paths = nodePaths(lab, "gw");
  const slots = new VrfSlots(paths);
  const countersIn = async (namespace: string) => {
    const argv = ipAt(paths, namespace, ["-j", "-s", "link", "show", "type", "veth"]);
    const links = JSON.parse(await run({ argv, why: "count frames" })) as {
      ifname: string;
      stats64: { rx: { packets: number }; tx: { packets: number } };
    }[];
    return links;
  };
  const arrived = async (vrf: string) =>
    (await countersIn(slots.namespaceOf(vrf)))[0]?.stats64.rx.packets ?? 0;
  const ports = (await countersIn("default")).filter(({ ifname }) => ifname.startsWith("vs-"));
  return {
    arrived: [await arrived("vm1"), await arrived("vm2")] as const,
    bridged: ports.reduce((sum, { stats64 }) => sum + stats64.tx.packets, 0),
  };
}
