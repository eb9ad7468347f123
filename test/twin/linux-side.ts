/** Real nodes with some cases on them, and what FRR and the kernel say of them. */
import { systemClock } from "../../src/base/clock.ts";
import { silentLog } from "../../src/base/log.ts";
import { leftovers, raiseCabling, razeCabling } from "../../src/drivers/cabling.ts";
import { vtySocket } from "../../src/drivers/frr/daemons.ts";
import { Vty } from "../../src/drivers/frr/vty.ts";
import { type LinuxNode, openLinuxNode } from "../../src/drivers/linux-node.ts";
import { argvIn } from "../../src/drivers/place-argv.ts";
import { nodePaths } from "../../src/drivers/places.ts";
import { eachOf, runAnyway } from "../../src/drivers/run.ts";
import { namespaceOfVrf } from "../../src/drivers/vrf-slots.ts";
import { type TwinCase, twinCabling } from "./case.ts";
import { type Facts, type RibPath, ribFacts, routeFacts, sessionFacts } from "./finding.ts";
import type { Ping } from "./pings.ts";
import { fragmentsByNode } from "./simulated-side.ts";

export type LinuxTwin = {
  /** Takes the former cases away and brings these. */
  become(cases: readonly TwinCase[]): Promise<void>;
  facts(one: TwinCase, pings: readonly Ping[]): Promise<Facts>;
  [Symbol.asyncDispose](): Promise<void>;
};

const soon = () => AbortSignal.timeout(120_000);

export async function linuxTwin(lab: string): Promise<LinuxTwin> {
  await razeCabling(lab);
  await raiseCabling(lab, twinCabling);
  const nodes = new Map<string, LinuxNode>();
  for (const { name, routing } of twinCabling.nodes) {
    const options = { lab, name, routing, log: silentLog, clock: systemClock };
    nodes.set(name, await openLinuxNode(options));
  }
  let generation = 0;
  const bring = async (cases: readonly TwinCase[]) => {
    generation += 1;
    const intents = [...fragmentsByNode(cases)];
    await Promise.all(
      intents.map(([node, fragments]) =>
        converge(nodes.get(node), { node, generation, fragments }),
      ),
    );
  };
  return {
    // The former cases go first: their tags and names are used again by others.
    async become(cases) {
      await bring([]);
      await bring(cases);
    },
    facts: (one, pings) => read({ lab, nodes }, one, pings),
    async [Symbol.asyncDispose]() {
      for (const node of nodes.values()) node.close();
      await razeCabling(lab);
      const left = await leftovers(lab);
      if (left.length > 0) throw new Error(`left over: ${left.join(", ")}`);
    },
  };
}

async function converge(
  node: LinuxNode | undefined,
  intent: Parameters<LinuxNode["converge"]>[0],
): Promise<void> {
  const results = (await node?.converge(intent, soon())) ?? [];
  const failed = results.filter(({ state }) => state === "failed");
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
}

async function read(
  { lab, nodes }: { lab: string; nodes: ReadonlyMap<string, LinuxNode> },
  one: TwinCase,
  pings: readonly Ping[],
): Promise<Facts> {
  const names = globalNames(one);
  const facts = await eachOf(one.routers, 2, async ({ node }) => {
    const there = nodes.get(node);
    if (there === undefined) throw new Error(`no node ${node}`);
    const { sessions } = await there.observe(soon());
    const routes = (await there.routes(one.vrf, soon())).map((route) => ({
      ...route,
      nextHops: route.nextHops.map((hop) => names.get(hop) ?? hop),
    }));
    const subjects = new Map([
      ...routeFacts(routes),
      ...(await kernelFacts(lab, { node, vrf: one.vrf, names })),
      ...sessionFacts(sessions.filter((each) => each.vrf === one.vrf)),
      ...ribFacts(await ribOf(lab, node, one.vrf)),
      ...(await pingFacts(
        lab,
        one.vrf,
        pings.filter(({ from }) => from === node),
      )),
    ]);
    return [node, subjects] as const;
  });
  return new Map(facts);
}

/** A router is told of an IPv6 next hop by its link-local address too and prefers it (RFC 2545 §3): whose is it? */
function globalNames({ routers }: TwinCase): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { fragment } of routers) {
    for (const at of fragment.interfaces) {
      if (at.kind !== "subinterface") continue;
      const global = at.addresses.find((each) => each.includes(":"))?.split("/")[0];
      if (global !== undefined) names.set(linkLocal(at.mac), global);
    }
  }
  return names;
}

/** RFC 4291 appendix A. */
function linkLocal(mac: string): string {
  const bytes = mac.split(":").map((each) => Number.parseInt(each, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
  const words = [((a ^ 2) << 8) | b, (c << 8) | 0xff, 0xfe00 | d, (e << 8) | f];
  return `fe80::${words.map((word) => word.toString(16)).join(":")}`.replace(/^fe80::0:/, "fe80::");
}

type KernelRoute = {
  dst: string;
  protocol?: string;
  gateway?: string;
  via?: { host: string };
  nexthops?: { gateway?: string; via?: { host: string } }[];
};

async function kernelFacts(
  lab: string,
  at: { node: string; vrf: string; names: ReadonlyMap<string, string> },
): Promise<[string, string][]> {
  const read = async (family: "-4" | "-6"): Promise<[string, string][]> => {
    const words = ["ip", "-j", family, "route", "show", "table", "main"];
    const argv = argvIn(lab, { node: at.node, vrf: at.vrf }, words);
    const { stdout } = await runAnyway({ argv, why: "read the kernel's routes" });
    const routes = JSON.parse(stdout || "[]") as KernelRoute[];
    return routes
      .filter(({ dst }) => !dst.startsWith("fe80:") && !dst.startsWith("ff"))
      .map((route): [string, string] => {
        const hops = (route.nexthops ?? [route]).flatMap(
          ({ gateway, via }) => gateway ?? via?.host ?? [],
        );
        const whole = family === "-4" ? "0.0.0.0/0" : "::/0";
        const host = `${route.dst}/${family === "-4" ? 32 : 128}`;
        const prefix = route.dst === "default" ? whole : route.dst.includes("/") ? route.dst : host;
        const named = [...new Set(hops.map((hop) => at.names.get(hop) ?? hop))].sort();
        return [`kernel ${prefix}`, hops.length === 0 ? "connected" : `via ${named.join(" ")}`];
      });
  };
  const own = await ownAddresses(lab, at);
  return [...(await read("-4")), ...(await read("-6")), ...own];
}

/** An IPv4 address of one is in the kernel's local table alone. */
async function ownAddresses(
  lab: string,
  { node, vrf }: { node: string; vrf: string },
): Promise<[string, string][]> {
  const argv = argvIn(lab, { node, vrf }, ["ip", "-j", "-4", "addr", "show", "dev", "lo"]);
  const { stdout } = await runAnyway({ argv, why: "read a loopback" });
  const [link] = JSON.parse(stdout || "[]") as { addr_info?: { local: string; scope: string }[] }[];
  return (link?.addr_info ?? [])
    .filter(({ scope }) => scope === "global")
    .map(({ local }) => [`kernel ${local}/32`, "connected"]);
}

type BgpPath = {
  path?: string;
  weight?: number;
  bestpath?: boolean;
  peerId?: string;
};

async function ribOf(lab: string, node: string, vrf: string): Promise<RibPath[]> {
  const paths = nodePaths(lab, node);
  await using vty = await Vty.open(vtySocket(paths, "bgpd"));
  await vty.ask("enable");
  const found: RibPath[] = [];
  for (const family of ["ipv4", "ipv6"]) {
    const { text } = await vty.ask(
      `show bgp vrf ${namespaceOfVrf(paths, vrf)} ${family} unicast json`,
    );
    const { routes = {} } = JSON.parse(text) as { routes?: Record<string, BgpPath[]> };
    for (const [prefix, all] of Object.entries(routes)) {
      for (const { path = "", weight = 0, bestpath, peerId = "" } of all) {
        const from = /^(\(unspec\)|::|0\.0\.0\.0)$/.test(peerId) ? "" : peerId;
        const asns = path.split(" ").filter(Boolean).map(Number);
        found.push({ prefix, from, path: asns, weight, isBest: bestpath === true });
      }
    }
  }
  return found;
}

async function pingFacts(
  lab: string,
  vrf: string,
  pings: readonly Ping[],
): Promise<[string, string][]> {
  return eachOf(pings, 3, async ({ from: node, source, to, name }): Promise<[string, string]> => {
    const words = ["ping", "-n", "-q", "-c", "2", "-i", "0.2", "-W", "1", "-I", source, to];
    const argv = argvIn(lab, { node, vrf }, words);
    const { stdout } = await runAnyway({ argv, why: name });
    return [name, /, [12] received/.test(stdout) ? "answered" : "lost"];
  });
}
