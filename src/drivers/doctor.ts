/** What this host can carry, found out by trying it in a scratch namespace. Leaves nothing. */

import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { messageOf } from "../base/cause.ts";
import { frrDirectory, frrMissing } from "./frr/daemons.ts";
import { smallNeighborTables } from "./neighbor-tables.ts";
import { packageOf, runAnyway } from "./run.ts";

export type Capability = {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly remedy?: string;
};

const programs = [
  "ip",
  "tc",
  "bpftool",
  "nsenter",
  "unshare",
  "sysctl",
  "nft",
  "ping",
  "iperf3",
  "tcpdump",
];
const kernelRemedy =
  "Use a kernel with this feature (Debian and Ubuntu kernels have it) and load its module.";

export async function examineHost(): Promise<Capability[]> {
  const results = [
    rootCapability(),
    ...(await Promise.all(programs.map(programCapability))),
    frrCapability(),
  ];
  if (results.slice(0, 3).some(({ ok }) => !ok)) return results;
  return [...results, await neighborCapability(), ...(await kernelCapabilities())];
}

async function neighborCapability(): Promise<Capability> {
  const name = "neighbor tables";
  const small = await smallNeighborTables();
  if (small.length === 0)
    return { name, ok: true, detail: "large enough for ten thousand circuits" };
  const detail = "too small for more than about 250 circuits; `causeway up` enlarges them";
  return { name, ok: true, detail, remedy: `sysctl -w ${small.join(" ")}` };
}

function rootCapability(): Capability {
  const ok = process.getuid?.() === 0;
  const detail = ok ? "running as root" : "not running as root";
  return {
    name: "root",
    ok,
    detail,
    ...(ok ? {} : { remedy: "Run as root, or in a privileged container." }),
  };
}

async function programCapability(name: string): Promise<Capability> {
  const path = (process.env["PATH"] ?? "").split(":").concat("/usr/sbin", "/sbin");
  const found = path.map((directory) => `${directory}/${name}`).find((file) => existsSync(file));
  if (found !== undefined) return { name, ok: true, detail: found };
  return { name, ok: false, detail: "not installed", remedy: packageOf(name) };
}

function frrCapability(): Capability {
  const directory = frrDirectory();
  if (directory !== undefined) return { name: "frr", ok: true, detail: directory };
  return { name: "frr", ok: false, detail: "not installed", remedy: frrMissing };
}

type Trial = { name: string; argv: readonly [string, ...string[]]; input?: string };

async function kernelCapabilities(): Promise<Capability[]> {
  const scratch = `cw-doctor-${process.pid}`;
  const inside = ["nsenter", `--net=/run/netns/${scratch}`] as const;
  const object = fileURLToPath(new URL("../../datapath/tags.bpf.o", import.meta.url));
  const pins = `/sys/fs/bpf/${scratch}`;
  const link = (name: string, text: string): Trial => ({
    name,
    argv: [...inside, "ip", "link", "add", ...text.split(" ")],
  });
  const silence =
    'table netdev t {\n chain c {\n  type filter hook ingress device "v0" priority 0;\n }\n}\n';
  const trials: readonly Trial[] = [
    { name: "network namespaces", argv: ["ip", "netns", "add", scratch] },
    link("veth", "name v0 type veth peer name v1"),
    link("macvlan", "link v0 name m0 type macvlan mode private"),
    link("bridge", "name b0 type bridge"),
    link("vxlan", "name x0 type vxlan id 1 local 127.0.0.1 remote 127.0.0.2 dstport 4789"),
    { name: "traffic control", argv: [...inside, "tc", "qdisc", "add", "dev", "v0", "clsact"] },
    { name: "eBPF program of the hand-off", argv: ["bpftool", "prog", "loadall", object, pins] },
    { name: "nftables ingress hook", argv: [...inside, "nft", "-f", "-"], input: silence },
  ];
  const encrypted = link("MACsec", "link v0 name s0 type macsec");
  const bundled = link("bonding", "name bond9 type bond mode 802.3ad");
  const results: Capability[] = [];
  try {
    for (const trial of trials) results.push(await attempt(trial));
    results.push(withoutNeed(await attempt(encrypted)));
    results.push(unbundled(await attempt(bundled)));
  } finally {
    await runAnyway({
      argv: ["ip", "netns", "delete", scratch],
      why: "remove the scratch namespace",
    });
    await rm(pins, { recursive: true, force: true });
  }
  return results;
}

/** IEEE 802.1AE: of use to Direct ports alone, whose keys are kept and judged whether or not they are used. */
function withoutNeed({ name, ok, detail }: Capability): Capability {
  const told = "links are carried without it, and ports with keys say so";
  if (ok)
    return { name, ok, detail: `the kernel has it; no agent for key agreement (MKA) yet: ${told}` };
  return { name, ok: true, detail: `not in this kernel (${detail}): ${told}` };
}

/** IEEE 802.1AX: bundles of ports are ordered and cabled, whether or not they could be made here. */
function unbundled({ name, ok, detail }: Capability): Capability {
  const found = ok ? "the kernel has it" : `not in this kernel (${detail})`;
  return { name, ok: true, detail: `${found}; no edge bundles ports, and bundles say so` };
}

async function attempt({ name, argv, input }: Trial): Promise<Capability> {
  try {
    const command = { argv, why: `try ${name}`, ...(input === undefined ? {} : { input }) };
    const { code, stderr } = await runAnyway(command);
    if (code === 0) return { name, ok: true, detail: "works" };
    return {
      name,
      ok: false,
      detail: stderr.trim().slice(0, 300) || "refused",
      remedy: kernelRemedy,
    };
  } catch (error) {
    const detail = messageOf(error);
    return { name, ok: false, detail, remedy: kernelRemedy };
  }
}
