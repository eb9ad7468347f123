/** A small lab for one test: raised, and taken away with `await using`. */
import { systemClock } from "../../../src/base/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { leftovers, raiseCabling, razeCabling } from "../../../src/drivers/cabling.ts";
import { type LinuxNode, openLinuxNode } from "../../../src/drivers/linux-node.ts";
import { linuxProbe } from "../../../src/drivers/linux-probe.ts";
import { createLossHub } from "../../../src/drivers/loss-hub.ts";
import type { Fragment, Subinterface, VrfFragment } from "../../../src/fabric/intent.ts";
import type { Cabling, FabricProbe } from "../../../src/fabric/probe.ts";
import type { FragmentResult, SessionObservation } from "../../../src/fabric/report.ts";

export type BenchLab = {
  readonly lab: string;
  readonly probe: FabricProbe;
  node(name: string): LinuxNode;
  /** Converges with a generation of its own and fails on any fragment that failed. */
  converge(name: string, fragments: readonly Fragment[]): Promise<readonly FragmentResult[]>;
  session(name: string, vrf: string): Promise<SessionObservation | undefined>;
  established(name: string, vrf: string): Promise<SessionObservation>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** `links` as `a:port-b:port`; a node whose name starts with `sw` or `host` does not route, one that starts with `edge` in VRFs alone. */
export async function raiseBenchLab(lab: string, links: readonly string[]): Promise<BenchLab> {
  const cabling = cablingOf(links);
  await razeCabling(lab);
  await raiseCabling(lab, cabling);
  const lossHub = createLossHub();
  const nodes = new Map<string, LinuxNode>();
  for (const { name, routing } of cabling.nodes) {
    const options = { lab, name, routing, log: silentLog, clock: systemClock, lossHub };
    nodes.set(name, await openLinuxNode(options));
  }
  const generations = new Map<string, number>();
  const node = (name: string) => {
    const found = nodes.get(name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  };
  const session = async (name: string, vrf: string) => {
    const { sessions } = await node(name).observe(soon());
    return sessions.find((each) => each.vrf === vrf);
  };
  return {
    lab,
    probe: linuxProbe({ lab, clock: systemClock }),
    node,
    session,
    async converge(name, fragments) {
      const generation = (generations.get(name) ?? 0) + 1;
      generations.set(name, generation);
      const results = await node(name).converge({ node: name, generation, fragments }, soon());
      const failed = results.filter(({ state }) => state === "failed");
      if (failed.length > 0) throw new Error(JSON.stringify(failed));
      return results;
    },
    established: (name, vrf) =>
      eventually(async () => {
        const found = await session(name, vrf);
        return found?.state === "Established" ? found : undefined;
      }),
    async [Symbol.asyncDispose]() {
      for (const each of nodes.values()) each.close();
      await razeCabling(lab);
      const left = await leftovers(lab);
      if (left.length > 0) throw new Error(`left over: ${left.join(", ")}`);
    },
  };
}

export function soon(): AbortSignal {
  return AbortSignal.timeout(60_000);
}

export async function eventually<Value>(
  read: () => Promise<Value | undefined>,
  ms = 15_000,
): Promise<Value> {
  const until = performance.now() + ms;
  for (;;) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > until) throw new Error(`not within ${ms} ms`);
    await systemClock.sleep(50);
  }
}

function cablingOf(links: readonly string[]): Cabling {
  const names = new Set<string>();
  const cables = links.map((link) => {
    const [one, other] = link.split("-").map((end) => {
      const [node = "", port = ""] = end.split(":");
      names.add(node);
      return { node, port };
    });
    if (one === undefined || other === undefined) throw new Error(`not a link: ${link}`);
    return [one, other] as const;
  });
  const nodes = [...names].map((name) => ({
    name,
    routing: !/^(sw|host)/.test(name),
    onlyVrfs: name.startsWith("edge"),
  }));
  return { nodes, links: cables };
}

/** One end of a circuit: side 1 is the edge, side 2 the customer. */
export function circuitVrf(
  side: 1 | 2,
  number: number,
  at: { port: string; tags: readonly number[]; name?: string } & Partial<
    Pick<Subinterface, "meter" | "policeMbps" | "policeAboveMbps">
  >,
): VrfFragment {
  const other = side === 1 ? 2 : 1;
  const name = at.name ?? `c${number}`;
  const { port, tags, name: _, ...metering } = at;
  return {
    kind: "vrf",
    key: `vrf/${name}`,
    name,
    interfaces: [
      {
        kind: "subinterface",
        name: "handoff",
        port,
        tags,
        mac: `02:0${side}:00:00:00:${number.toString(16).padStart(2, "0")}`,
        addresses: [`192.168.1.${side}/30`, `fd00:1::${side}/126`],
        mtu: 1500,
        ...metering,
      },
      { kind: "loopback", name: "lo", addresses: [`10.${side}.${number}.1/24`], mtu: 1500 },
    ],
    routes: [],
    bgp: {
      asn: 65_000 + side,
      routerId: `192.168.1.${side}`,
      networks: [`10.${side}.${number}.0/24`],
      maximumPaths: 4,
      neighbors: [
        {
          address: `192.168.1.${other}`,
          remoteAsn: 65_000 + other,
          description: `peer of ${name}`,
          enabled: true,
          families: ["ipv4", "ipv6"],
          password: "not-so-secret",
          bfd: { intervalMs: 300, multiplier: 3 },
          keepaliveSeconds: 10,
          holdSeconds: 30,
          maximumPrefixes: { ipv4: 100, ipv6: 100 },
          importPolicy: [
            { action: "permit", prefixes: [{ prefix: "10.0.0.0/8", le: 32 }], setWeight: 7 },
          ],
          exportPolicy: [{ action: "permit", addCommunities: ["65000:2", "65000:1"] }],
        },
      ],
    },
  };
}
