/** The order in which a gateway's FRR chooses among circuits: longest prefix, weight, AS path, then all that are equal. */
import { expect, test } from "vitest";
import type { Neighbor, VrfFragment } from "../../../src/fabric/intent.ts";
import { eventually, raiseBenchLab } from "./bench-lab.ts";

const EDGES = [1, 2, 3, 4];
const GATEWAY_ASN = 65_515;

const everything = [{ action: "permit" as const }];

function neighbor(address: string, remoteAsn: number, rest: Partial<Neighbor> = {}): Neighbor {
  return {
    ...{ address, remoteAsn, description: "", enabled: true, families: ["ipv4"] },
    ...{ keepaliveSeconds: 10, holdSeconds: 30 },
    importPolicy: everything,
    exportPolicy: everything,
    ...rest,
  };
}

function speaker(
  asn: number,
  host: number,
  {
    ports,
    networks,
    neighbors,
  }: {
    ports: readonly { name: string; address: string }[];
    networks: readonly string[];
    neighbors: readonly Neighbor[];
  },
): VrfFragment {
  return {
    ...{ kind: "vrf", key: "vrf/c", name: "c", routes: [] },
    interfaces: ports.map(({ name, address }, index) => ({
      ...{ kind: "subinterface", name: `if${index}`, port: name, tags: [100], mtu: 1500 },
      mac: `02:00:00:00:${host.toString(16).padStart(2, "0")}:0${index}`,
      addresses: [address],
    })),
    bgp: { asn, routerId: `10.255.0.${host}`, networks, maximumPaths: 16, neighbors },
  };
}

/** Edge `n` in an AS of its own, so that equal paths are never the same path. */
const edge = (n: number, networks: readonly string[], rest: Partial<Neighbor> = {}) =>
  speaker(65_100 + n, n, {
    ports: [{ name: "p1", address: `192.168.${n}.2/30` }],
    networks,
    neighbors: [neighbor(`192.168.${n}.1`, GATEWAY_ASN, rest)],
  });

const gateway = (weights: Readonly<Record<number, number>>) =>
  speaker(GATEWAY_ASN, 9, {
    ports: EDGES.map((n) => ({ name: `p${n}`, address: `192.168.${n}.1/30` })),
    networks: [],
    neighbors: EDGES.map((n) => {
      const setWeight = weights[n];
      return neighbor(`192.168.${n}.2`, 65_100 + n, {
        importPolicy: [{ action: "permit", ...(setWeight === undefined ? {} : { setWeight }) }],
      });
    }),
  });

test("a longer prefix before a weight, a weight before a short path, and equal paths of any AS share", async () => {
  const links = EDGES.map((n) => `gw:p${n}-e${n}:p1`);
  await using bench = await raiseBenchLab("pathchoice", links);
  const site = "10.50.0.0/16";
  const hops = async (prefix: string, ...expected: number[]) => {
    let last: readonly string[] = [];
    await eventually(async () => {
      const routes = await bench.node("gw").routes("c", AbortSignal.timeout(20_000));
      last = routes.find((route) => route.prefix === prefix)?.nextHops ?? [];
      const wanted = expected.map((n) => `192.168.${n}.2`);
      return [...last].sort().join() === wanted.join() ? true : undefined;
    }, 30_000).catch((error: Error) => {
      throw new Error(`${error.message}: ${prefix} by ${last.join()}, not ${expected.join()}`);
    });
  };
  await bench.converge("gw", [gateway({})]);
  for (const n of EDGES) await bench.converge(`e${n}`, [edge(n, [site])]);
  await hops(site, 1, 2, 3, 4);
  const uptime = async () => {
    const { sessions } = await bench.node("gw").observe(AbortSignal.timeout(20_000));
    return sessions.map(({ uptimeSeconds = -1 }) => uptimeSeconds);
  };
  const before = await uptime();

  const prepended = [{ action: "permit" as const, prepend: [65_102, 65_102] }];
  await bench.converge("e2", [edge(2, [site], { exportPolicy: prepended })]);
  await hops(site, 1, 3, 4);
  await bench.converge("gw", [gateway({ 2: 10, 3: 10 })]);
  await hops(site, 3);
  await bench.converge("gw", [gateway({ 2: 20, 3: 10 })]);
  await hops(site, 2);
  await bench.converge("e1", [edge(1, [site, "10.50.7.0/24"])]);
  await hops("10.50.7.0/24", 1);
  await hops(site, 2);
  await bench.converge("gw", [gateway({})]);
  await hops(site, 1, 3, 4);
  const after = await uptime();
  expect(after.every((now, index) => now >= (before[index] ?? 0) && now >= 0)).toBe(true);
});
