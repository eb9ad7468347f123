/**
 * The path of a circuit without Causeway: namespaces joined by veth pairs, static routes of the kernel, no
 * FRR, no BPF, no tags. Router hops are the circuit's: customer's edge, cloud's edge, gateway.
 */
import { run } from "../../src/drivers/run.ts";
import type { Bench } from "./benchmark.ts";

export type PathKind =
  /** Every namespace that a circuit's packet passes; the underlay's are bridges. */
  | "plain"
  /** The same, with VXLAN between edge and gateway as a circuit has it. */
  | "tunnelled"
  /** Hosts and routers alone, and one veth pair between each. */
  | "shortest";

export type Ends = {
  readonly onPremises: (argv: readonly string[]) => [string, ...string[]];
  readonly machine: (argv: readonly string[]) => [string, ...string[]];
  readonly onPremisesAddress: string;
  readonly machineAddress: string;
};

const HOST = "10.10.1.10";
const MACHINE = "10.20.1.4";
const MTU = 9000;

type Space = "host" | "ce" | "edge" | "vrf" | "backbone" | "cloud" | "gateway" | "vm";
type Lines = Map<Space, string[]>;

export async function raisePlainPath(bench: Bench, kind: PathKind): Promise<Ends> {
  const prefix = `cwbench-${process.pid}-${kind}`;
  const nameOf = (space: Space) => `${prefix}-${space}`;
  const lines: Lines = new Map();
  const links: string[] = [];
  const at = (space: Space, ...more: string[]) =>
    lines.set(space, [...(lines.get(space) ?? ["link set lo up"]), ...more]);
  const link = (one: [Space, string], other: [Space, string], mtu = 1500) => {
    const words = ([space, port]: [Space, string]) =>
      `name ${port} mtu ${mtu} netns ${nameOf(space)}`;
    links.push(`link add ${words(one)} type veth peer ${words(other)}`);
    for (const [space, port] of [one, other]) at(space, `link set ${port} up`);
  };
  link(["host", "eth0"], ["ce", "lan"]);
  link(["ce", "wan"], ["vrf", "wan"]);
  if (kind === "shortest") {
    link(["vrf", "core"], ["gateway", "core"]);
    link(["gateway", "lan"], ["vm", "eth0"]);
  } else {
    underlay(kind, { at, link });
    link(["gateway", "lan"], ["cloud", "v1"]);
    link(["vm", "eth0"], ["cloud", "v2"]);
    bridge(at, "cloud", "segment", ["v1", "v2"]);
  }
  addresses(at);
  const names = [...lines.keys()].map(nameOf);
  bench.atEnd(() =>
    batch(
      names.map((name) => `netns delete ${name}`),
      ["-force"],
    ),
  );
  await batch([...names.map((name) => `netns add ${name}`), ...links]);
  if (kind === "tunnelled") await tunnels(nameOf);
  for (const [space, each] of lines) {
    // Bridges pass no IP filters, as in Causeway's nodes; `-e`: not every kernel has them.
    const settings = ["net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=0"];
    const argv = inside(nameOf(space), ["sysctl", "-eqw", ...settings]);
    await run({ argv, why: `let ${space} forward` });
    await batch(each, ["-n", nameOf(space)]);
  }
  return {
    onPremises: (argv) => inside(nameOf("host"), argv),
    machine: (argv) => inside(nameOf("vm"), argv),
    onPremisesAddress: HOST,
    machineAddress: MACHINE,
  };
}

type At = (space: Space, ...lines: string[]) => void;
type Link = (one: [Space, string], other: [Space, string], mtu?: number) => void;

/** Edge, backbone and cloud host: what carries the tunnels, or what stands in their place. */
function underlay(kind: PathKind, { at, link }: { at: At; link: Link }): void {
  link(["edge", "core"], ["backbone", "p1"], MTU);
  link(["backbone", "p2"], ["cloud", "core"], MTU);
  bridge(at, "backbone", "transit", ["p1", "p2"]);
  if (kind === "tunnelled") {
    at("edge", "addr add 10.255.0.1/24 dev core");
    at("cloud", "addr add 10.255.0.10/24 dev core");
    for (const space of ["vrf", "gateway"] as const) at(space, "link set core up");
    return;
  }
  link(["vrf", "core"], ["edge", "inside"]);
  bridge(at, "edge", "through", ["inside", "core"]);
  link(["gateway", "core"], ["cloud", "inside"]);
  bridge(at, "cloud", "through", ["inside", "core"]);
}

function bridge(at: At, space: Space, name: string, ports: readonly string[]): void {
  at(
    space,
    `link add ${name} type bridge stp_state 0 forward_delay 0`,
    `link set ${name} up`,
    ...ports.map((port) => `link set ${port} master ${name}`),
  );
}

/** A tunnel is made where its underlay is and moved to where it ends, as the drivers do. */
async function tunnels(nameOf: (space: Space) => string): Promise<void> {
  const make = async (underlay: Space, end: Space, local: string, remote: string) =>
    batch(
      [
        `link add core type vxlan id 4096 local ${local} remote ${remote} dstport 4789`,
        `link set core mtu 1500 netns ${nameOf(end)}`,
      ].map((line) =>
        line.replace("add core ", "add tunnel0 ").replace("set core ", "set tunnel0 "),
      ),
      ["-n", nameOf(underlay)],
    ).then(() => batch(["link set tunnel0 name core"], ["-n", nameOf(end)]));
  await make("edge", "vrf", "10.255.0.1", "10.255.0.10");
  await make("cloud", "gateway", "10.255.0.10", "10.255.0.1");
}

function addresses(at: At): void {
  at("host", `addr add ${HOST}/24 dev eth0`, "route add default via 10.10.1.1");
  at("ce", "addr add 10.10.1.1/24 dev lan", "addr add 192.168.0.1/30 dev wan");
  at("ce", "route add 10.20.0.0/16 via 192.168.0.2");
  at("vrf", "addr add 192.168.0.2/30 dev wan", "addr add 192.168.0.5/30 dev core");
  at("vrf", "route add 10.10.0.0/16 via 192.168.0.1", "route add 10.20.0.0/16 via 192.168.0.6");
  at("gateway", "addr add 192.168.0.6/30 dev core", "addr add 10.20.1.1/24 dev lan");
  at("gateway", "route add 10.10.0.0/16 via 192.168.0.5");
  at("vm", `addr add ${MACHINE}/24 dev eth0`, "route add default via 10.20.1.1");
}

function inside(name: string, argv: readonly string[]): [string, ...string[]] {
  return ["nsenter", `--net=/run/netns/${name}`, ...argv];
}

async function batch(lines: readonly string[], words: readonly string[] = []): Promise<void> {
  const argv: [string, ...string[]] = ["ip", ...words, "-batch", "-"];
  await run({ argv, input: `${lines.join("\n")}\n`, why: "build the plain path" });
}
