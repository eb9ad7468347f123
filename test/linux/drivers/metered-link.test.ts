/** Links inside a VRF, tunnels and legs on segments: counted each way, and held to a rate in bytes and in packets. */
import { expect, test } from "vitest";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { runAnyway } from "../../../src/drivers/run.ts";
import type {
  Metered,
  SegmentInterface,
  Subinterface,
  Tunnel,
  VrfFragment,
} from "../../../src/fabric/intent.ts";
import type { Counters } from "../../../src/fabric/report.ts";
import { type BenchLab, raiseBenchLab, soon } from "./bench-lab.ts";

const HOST = { node: "host1", vrf: "default" };

test("a tunnel and a leg count what passes, and police it by bytes or by packets", async () => {
  await using lab = await raiseBenchLab("mtr", ["sw1:p1-host1:eth0", "sw1:core-sw2:core"]);
  await lab.converge("host1", [vrf("default", [port("eth0", "10.0.1.10/24")], "10.0.1.1")]);
  await gateway(lab, {});
  await edge(lab, {});
  await ping(lab, { count: 3, intervalMs: 100 });
  const [before, onLeg] = [await countersOf(lab, "sw1", "t"), await countersOf(lab, "sw2", "leg")];
  expect(await ping(lab, { count: 10, intervalMs: 20 })).toBe(10);
  const [after, then] = [await countersOf(lab, "sw1", "t"), await countersOf(lab, "sw2", "leg")];
  // The two routers may ask for each other meanwhile.
  for (const way of ["in", "out"] as const) {
    const packets = after[way].packets - before[way].packets;
    expect([10, 11, 12]).toContain(packets);
  }
  // An IP packet of 84 bytes each.
  expect(then.in.bytes - onLeg.in.bytes).toBeGreaterThanOrEqual(840);
  expect(then.out.packets - onLeg.out.packets).toBeGreaterThanOrEqual(10);

  await gateway(lab, { policePps: 50 });
  const answered = await ping(lab, { count: 500, intervalMs: 2 });
  const policed = await countersOf(lab, "sw2", "leg");
  const seen = policed.in.packets + policed.in.droppedPackets - then.in.packets;
  expect(seen).toBeGreaterThanOrEqual(500);
  expect(policed.in.droppedPackets).toBeGreaterThan(100);
  expect(answered).toBeLessThan(400);

  await gateway(lab, {});
  await edge(lab, { policeMbps: 1 });
  const dropped = (await countersOf(lab, "sw1", "t")).out.droppedBytes;
  await ping(lab, { count: 500, intervalMs: 2, size: 1400 });
  expect((await countersOf(lab, "sw1", "t")).out.droppedBytes - dropped).toBeGreaterThan(100_000);
});

async function edge(lab: BenchLab, rate: Metered): Promise<void> {
  const way = { prefix: "10.20.0.0/16", via: ["10.254.0.2"] };
  const blue = vrf("blue", [port("p1", "10.0.1.1/24"), tunnel(1, { ...rate, meter: "t" })]);
  await lab.converge("sw1", [vrf("default", [core(1)]), { ...blue, routes: [way] }]);
}

async function gateway(lab: BenchLab, rate: Metered): Promise<void> {
  const machine: SegmentInterface = {
    ...{ kind: "segment", segment: "v1", name: "eth0", mac: "02:00:00:00:aa:02", mtu: 1500 },
    addresses: ["10.20.0.9/24"],
  };
  const own = { name: "lan1", mac: "02:00:00:00:aa:01", addresses: ["10.20.0.5/24"] };
  const leg: SegmentInterface = { ...machine, ...own, ...rate, meter: "leg" };
  await lab.converge("sw2", [
    { kind: "segment", key: "seg", name: "v1", ports: [], mtu: 1500 },
    vrf("default", [core(2)]),
    vrf("gw", [tunnel(2, {}), leg], "10.254.0.1"),
    vrf("vm", [machine], "10.20.0.5"),
  ]);
}

async function countersOf(
  lab: BenchLab,
  node: string,
  name: string,
): Promise<{ in: Counters; out: Counters }> {
  const { meters } = await lab.node(node).observe(soon());
  const found = meters.find(({ meter }) => meter === name);
  if (found === undefined) throw new Error(`${node} has no meter ${name}`);
  return found;
}

/** `size` is that of the echo's own bytes. */
async function ping(
  lab: BenchLab,
  { count, intervalMs, size = 56 }: { count: number; intervalMs: number; size?: number },
): Promise<number> {
  const words = ["-n", "-q", "-c", `${count}`, "-i", `${intervalMs / 1000}`, "-W", "1"];
  const argv = argvIn(lab.lab, HOST, ["ping", ...words, "-s", `${size}`, "10.20.0.9"]);
  const { stdout } = await runAnyway({ argv, why: "ping the machine" });
  return Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
}

function tunnel(number: 1 | 2, metering: Metered): Tunnel {
  return {
    kind: "tunnel",
    name: "t1",
    vni: 77,
    local: `10.255.0.${number}`,
    remote: `10.255.0.${number === 1 ? 2 : 1}`,
    addresses: [`10.254.0.${number}/30`],
    mtu: 1500,
    ...metering,
  };
}

function core(number: number): Subinterface {
  return { ...port("core", `10.255.0.${number}/24`), mtu: 9000 };
}

function port(name: string, address: string): Subinterface {
  const mac = `02:00:00:00:0${name.length}:${address.endsWith("10/24") ? "0a" : "01"}`;
  return { kind: "subinterface", name, port: name, tags: [], mac, addresses: [address], mtu: 1500 };
}

function vrf(name: string, interfaces: VrfFragment["interfaces"], via?: string): VrfFragment {
  const routes = via === undefined ? [] : [{ prefix: "0.0.0.0/0", via: [via] }];
  return { kind: "vrf", key: `vrf/${name}`, name, interfaces, routes };
}
