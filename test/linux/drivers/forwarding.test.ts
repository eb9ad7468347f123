import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import type { StaticRoute, Subinterface, VrfFragment } from "../../../src/fabric/intent.ts";
import type { Place } from "../../../src/fabric/probe.ts";
import { raiseBenchLab } from "./bench-lab.ts";

const blue = { node: "sw1", vrf: "blue" };

test("a VRF forwards both families in eBPF, and leaves to the stack what needs an answer", async () => {
  await using lab = await raiseBenchLab("fwd", ["sw1:p1-host1:eth0", "sw1:p2-host2:eth0"]);
  await lab.converge("sw1", [vrf("blue", [link("p1", 1), { ...link("p2", 2), mtu: 1400 }], [])]);
  await lab.converge("host1", [host(1)]);
  await lab.converge("host2", [host(2)]);
  const at = (place: Place, ...argv: [string, ...string[]]) => outputOf("fwd", place, argv);
  const one = { node: "host1", vrf: "default" };
  const two = { node: "host2", vrf: "default" };

  // The first packets ask for the neighbours, which is the stack's work.
  for (const to of ["10.0.2.10", "fd00:2::10"]) at(one, "ping", "-c2", "-i0.1", "-W1", to);
  const before = forwardedByStack(at(blue, "cat", "/proc/net/snmp"));
  for (const to of ["10.0.2.10", "fd00:2::10"]) {
    const said = at(one, "ping", "-c5", "-i0.01", "-W1", to);
    expect(said).toContain("5 received");
    expect(said).toContain("ttl=63");
  }
  expect(forwardedByStack(at(blue, "cat", "/proc/net/snmp"))).toBe(before);

  expect(at(one, "ping", "-c1", "-W1", "-t1", "10.0.2.10")).toContain("Time to live exceeded");
  expect(at(one, "ping", "-c1", "-W1", "-t1", "fd00:2::10")).toContain("Hop limit");
  const large = ["-c1", "-W1", "-Mdo", "-s1400"];
  expect(at(one, "ping", ...large, "10.0.2.10")).toContain("mtu = 1400");
  expect(at(one, "ping", ...large, "fd00:2::10")).toContain("mtu=1400");

  at(one, "ip", "address", "add", "10.9.9.9/32", "dev", "lo");
  const heard = echoesIn(at(two, "cat", "/proc/net/snmp"));
  at(one, "ping", "-c3", "-i0.05", "-W0.3", "-I", "10.9.9.9", "10.0.2.10");
  // Also what the stack would forward: with an option in its header (RFC 791 3.1) it passes no program's table.
  at(one, "ping", "-c3", "-i0.05", "-W0.3", "-T", "tsonly", "-I", "10.9.9.9", "10.0.2.10");
  expect(echoesIn(at(two, "cat", "/proc/net/snmp"))).toBe(heard);
  expect(at(one, "ping", "-c2", "-i0.05", "-W1", "-T", "tsonly", "10.0.2.10")).toContain(
    "2 received",
  );
});

test("VRFs in which all is equal forward at the same time, each by its own routes", async () => {
  const ports = [1, 2, 3, 4].map((number) => `sw1:p${number}-host${number}:eth0`);
  await using lab = await raiseBenchLab("twins", ports);
  await lab.converge("sw1", [
    vrf("blue", [link("p1", 1), link("p2", 2)], []),
    vrf("red", [link("p3", 1), link("p4", 2)], []),
  ]);
  const nodes = ["host1", "host2", "host3", "host4"] as const;
  for (const [index, node] of nodes.entries()) await lab.converge(node, [host((index % 2) + 1)]);
  // On one processor, whose answers of the FIB both would share if anything could be shared.
  const ping = async (node: string, to: string) => {
    const words = ["taskset", "-c", "0", "ping", "-c300", "-i0.002", "-W1", to] as const;
    const [program, ...rest] = argvIn("twins", { node, vrf: "default" }, [...words]);
    return (await promisify(execFile)(program, rest)).stdout;
  };
  const heardBy = (node: string) =>
    echoesIn(outputOf("twins", { node, vrf: "default" }, ["cat", "/proc/net/snmp"]));
  for (const node of ["host1", "host3"]) await ping(node, "10.0.2.10");
  const before = [heardBy("host2"), heardBy("host4")];
  for (const to of ["10.0.2.10", "fd00:2::10"])
    for (const said of await Promise.all([ping("host1", to), ping("host3", to)]))
      expect(said).toContain("300 received");
  expect([heardBy("host2"), heardBy("host4")]).toEqual(before.map((count) => count + 300));
});

test("a packet that neither edge can deliver crosses the repair tunnel once", async () => {
  await using lab = await raiseBenchLab("rep", [
    "sw1:p1-host1:eth0",
    "sw2:p1-host2:eth0",
    "sw1:core-sw2:core",
  ]);
  for (const number of [1, 2] as const) {
    const other = number === 1 ? 2 : 1;
    const repair = {
      kind: "tunnel" as const,
      name: "repair",
      vni: 100_001,
      local: `10.255.0.${number}`,
      remote: `10.255.0.${other}`,
      addresses: [`10.254.0.${number}/30`],
      mtu: 1500,
    };
    const last = { prefix: "0.0.0.0/0", via: [`10.254.0.${other}`], lastResort: true as const };
    const underlay = {
      ...link("core", number),
      name: "core",
      addresses: [`10.255.0.${number}/24`],
      mtu: 9000,
    };
    await lab.converge(`sw${number}`, [
      vrf("default", [underlay], []),
      vrf("blue", [link("p1", number), repair], [last]),
    ]);
    await lab.converge(`host${number}`, [host(number)]);
  }
  const at = (place: Place, ...argv: [string, ...string[]]) => outputOf("rep", place, argv);
  const one = { node: "host1", vrf: "default" };
  expect(at(one, "ping", "-c5", "-i0.1", "-W1", "10.0.2.10")).toMatch(/[45] received/);

  const received = () =>
    ["sw1", "sw2"].map((node) => {
      const text = at({ node, vrf: "blue" }, "ip", "-j", "-s", "link", "show", "repair");
      return (JSON.parse(text) as [{ stats64: { rx: { packets: number } } }])[0].stats64.rx.packets;
    });
  const before = received();
  at(one, "ping", "-c5", "-i0.05", "-W0.3", "10.77.0.1");
  const [back = 0, there = 0] = received().map((count, index) => count - (before[index] ?? 0));
  // The routers ask for each other meanwhile; a loop would be some sixty crossings for each packet.
  expect(there).toBeGreaterThanOrEqual(5);
  expect(there).toBeLessThan(10);
  expect(back).toBeLessThan(5);
});

function link(port: string, number: number): Subinterface {
  return {
    kind: "subinterface",
    name: `to-${port}`,
    port,
    tags: [],
    mac: `02:00:00:00:0${port.length}:0${number}`,
    addresses: [`10.0.${number}.1/24`, `fd00:${number}::1/64`],
    mtu: 1500,
  };
}

function host(number: number): VrfFragment {
  const eth0: Subinterface = {
    ...link("eth0", number),
    name: "eth0",
    mac: `02:00:00:00:ff:0${number}`,
    addresses: [`10.0.${number}.10/24`, `fd00:${number}::10/64`],
  };
  const routes = [
    { prefix: "0.0.0.0/0", via: [`10.0.${number}.1`] },
    { prefix: "::/0", via: [`fd00:${number}::1`] },
  ];
  return vrf("default", [eth0], routes);
}

function vrf(
  name: string,
  interfaces: VrfFragment["interfaces"],
  routes: readonly StaticRoute[],
): VrfFragment {
  return { kind: "vrf", key: `vrf/${name}`, name, interfaces, routes };
}

/** A ping that fails says why, and ends with 1. */
function outputOf(lab: string, place: Place, argv: [string, ...string[]]): string {
  const [program, ...rest] = argvIn(lab, place, argv);
  try {
    return execFileSync(program, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}

function forwardedByStack(snmp: string): number {
  return fieldOf(snmp, "Ip", "ForwDatagrams");
}

function echoesIn(snmp: string): number {
  return fieldOf(snmp, "Icmp", "InEchos");
}

function fieldOf(snmp: string, section: string, name: string): number {
  const [names = [], values = []] = snmp
    .split("\n")
    .filter((line) => line.startsWith(`${section}: `))
    .map((line) => line.split(" "));
  return Number(values[names.indexOf(name)]);
}
