/**
 * Makes and removes a lab's nodes and cables. A node is a network namespace plus a mount namespace in
 * which `/run/netns` and `/run/frr` are its own, so that its zebra sees its own VRFs and no others.
 * Both are held by files, not by processes: killing the server leaves every node as it is (I8).
 */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import type { Cabling, PortPlace } from "../fabric/probe.ts";
import type { Command } from "./driver.ts";
import { endDaemons, ensureDaemons, onlyVrfsFile } from "./frr/daemons.ts";
import { linkIndex } from "./netns/link-index.ts";
import { NetnsDriver } from "./netns/netns.ts";
import { hostSettings } from "./netns/settings.ts";
import {
  argvAt,
  checkLabName,
  ipAt,
  labDirectory,
  labPins,
  type NodePaths,
  namespaceOf,
  nodePaths,
} from "./places.ts";
import { labProcesses } from "./processes.ts";
import { eachOf, run, runAnyway } from "./run.ts";
import { VrfSlots } from "./vrf-slots.ts";

/** Jumbo packets of 9000 bytes, with two tags or a tunnel's headers around them: what switches commonly carry. */
const portMtu = 9216;
const width = 4;

/** Brings nodes and cables up; what is there already stays untouched. */
export async function raiseCabling(lab: string, cabling: Cabling): Promise<void> {
  checkLabName(lab);
  await raiseLabDirectory(lab);
  const present = new Set(await namespaces(lab));
  const fresh = cabling.nodes.filter(({ name }) => !present.has(namespaceOf(lab, name)));
  await addNamespaces(fresh.map(({ name }) => namespaceOf(lab, name)));
  await eachOf(cabling.nodes, width, (node) => raiseNode(nodePaths(lab, node.name)));
  await addCables(lab, cabling.links);
  await eachOf(
    cabling.nodes.filter(({ routing }) => routing),
    width,
    (node) => raiseRouting(nodePaths(lab, node.name), node.onlyVrfs),
  );
}

/** Takes a lab away with everything that was made in it. Safe to repeat, and after a crash half-way. */
export async function razeCabling(lab: string): Promise<void> {
  checkLabName(lab);
  const nodes = await nodesOf(lab);
  await Promise.all(nodes.map((node) => endDaemons(nodePaths(lab, node))));
  for (const { pid } of await labProcesses(lab)) endProcess(pid);
  await eachOf(nodes, width, (node) => razeNode(nodePaths(lab, node)));
  await rm(labPins(lab), { recursive: true, force: true });
  const root = labDirectory(lab);
  while ((await mounts()).includes(root)) {
    await run({ argv: ["umount", "-l", root], why: `release the directory of lab ${lab}` });
  }
  await rm(root, { recursive: true, force: true });
}

/** Every trace of a lab on this machine, one line each. */
export async function leftovers(lab: string): Promise<string[]> {
  const root = labDirectory(lab);
  const prefix = namespaceOf(lab, "");
  const processes = await labProcesses(lab);
  return [
    ...(await namespaces(lab)).map((name) => `namespace ${name}`),
    ...(await mounts())
      .filter(
        (path) =>
          path === root || path.startsWith(`${root}/`) || path.startsWith(`/run/netns/${prefix}`),
      )
      .map((path) => `mount ${path}`),
    ...processes.map(({ pid, name }) => `process ${pid} ${name}`),
    ...(existsSync(labPins(lab)) ? [`pinned maps ${labPins(lab)}`] : []),
    ...(existsSync(root) ? [`directory ${root}`] : []),
  ];
}

/** Spare namespaces first: a zebra that starts knows at once what is there. */
async function raiseRouting(paths: NodePaths, onlyVrfs = false): Promise<void> {
  const fresh = new VrfSlots(paths).refill();
  await new NetnsDriver(paths).prepare(fresh, AbortSignal.timeout(30_000));
  if (onlyVrfs) await writeFile(onlyVrfsFile(paths), "");
  await ensureDaemons(paths);
}

async function raiseLabDirectory(lab: string): Promise<void> {
  const root = labDirectory(lab);
  await mkdir(root, { recursive: true, mode: 0o755 });
  if ((await mounts()).includes(root)) return;
  // A mount namespace can be held by a file only where mounts do not propagate.
  await run({ argv: ["mount", "--bind", root, root], why: `give lab ${lab} a mount of its own` });
  await run({
    argv: ["mount", "--make-private", root],
    why: `keep the mounts of lab ${lab} apart`,
  });
}

async function addNamespaces(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const input = names.map((name) => `netns add ${name}\n`).join("");
  await run({ argv: ["ip", "-batch", "-"], input, why: "make the nodes' namespaces" });
}

async function raiseNode(paths: NodePaths): Promise<void> {
  for (const path of [paths.frr, paths.vrfs]) await mkdir(path, { recursive: true });
  if (await isRaised(paths)) return;
  await writeFile(paths.mount, "");
  const steps: Command["argv"][] = [
    // Mounts inherited from the host would keep other nodes' namespaces alive. Those below go with it in one call of the
    // kernel: one after the other, a namespace that somebody deletes meanwhile would be missing.
    [
      "unshare",
      ...[`--mount=${paths.mount}`, "--propagation", "private"],
      ...["umount", "-l", "/run/netns"],
    ],
    argvAt(paths, "default", ["mount", "--bind", paths.vrfs, "/run/netns"]),
    ...(existsSync("/run/frr")
      ? [argvAt(paths, "default", ["mount", "--bind", paths.frr, "/run/frr"])]
      : []),
    argvAt(paths, "default", ["sysctl", "-eqw", ...hostSettings]),
    ipAt(paths, "default", ["link", "set", "dev", "lo", "up"]),
  ];
  for (const argv of steps) await run({ argv, why: `make node ${paths.node}` });
  await writeFile(`${paths.directory}/raised`, "");
}

/** A node half made by a server that was killed is made anew: nothing runs in it yet. */
async function isRaised(paths: NodePaths): Promise<boolean> {
  const held = (await mounts()).includes(paths.mount);
  if (held && existsSync(`${paths.directory}/raised`)) return true;
  if (held)
    await run({ argv: ["umount", "-l", paths.mount], why: `clear half-made node ${paths.node}` });
  return false;
}

async function addCables(lab: string, links: Cabling["links"]): Promise<void> {
  const nodes = [...new Set(links.flat().map(({ node }) => node))];
  const ports = new Map<string, ReadonlySet<string>>();
  await eachOf(nodes, width, async (node) => {
    ports.set(node, await portsOf(nodePaths(lab, node)));
  });
  const missing = links.filter(
    ([one, other]) => !isPresent(ports, one) || !isPresent(ports, other),
  );
  if (missing.length === 0) return;
  const input = missing
    .map(
      ([one, other]) => `link add ${portWords(lab, one)} type veth peer ${portWords(lab, other)}`,
    )
    .join("\n");
  await run({
    argv: ["ip", "-batch", "-"],
    input: `${input}\n`,
    why: `lay the cables of lab ${lab}`,
  });
  const touched = new Map<string, string[]>();
  for (const { node, port } of missing.flat()) {
    touched.set(node, [...(touched.get(node) ?? []), port]);
  }
  await eachOf([...touched], width, ([node, names]) => raisePorts(nodePaths(lab, node), names));
}

function portWords(lab: string, { node, port }: PortPlace): string {
  const index = linkIndex(`${node}:${port}`);
  return `name ${port} index ${index} mtu ${portMtu} netns ${namespaceOf(lab, node)}`;
}

async function raisePorts(paths: NodePaths, ports: readonly string[]): Promise<void> {
  const input = ports
    // The alias tells a cable from what the drivers make; a port has no address of its own accord.
    .map((port) => `link set dev ${port} alias port addrgenmode none\nlink set dev ${port} up\n`)
    .join("");
  await run({
    argv: ipAt(paths, "default", ["-batch", "-"]),
    input,
    why: `bring up ports of ${paths.node}`,
  });
}

async function portsOf(paths: NodePaths): Promise<ReadonlySet<string>> {
  const text = await run({
    argv: ipAt(paths, "default", ["-j", "link", "show", "type", "veth"]),
    why: `list the ports of ${paths.node}`,
  });
  const links = JSON.parse(text || "[]") as { ifname: string }[];
  return new Set(links.map(({ ifname }) => ifname));
}

function isPresent(ports: ReadonlyMap<string, ReadonlySet<string>>, end: PortPlace): boolean {
  return ports.get(end.node)?.has(end.port) ?? false;
}

async function razeNode(paths: NodePaths): Promise<void> {
  await runAnyway({ argv: ["umount", "-l", paths.mount], why: `release node ${paths.node}` });
  await runAnyway({
    argv: ["ip", "netns", "delete", paths.namespace],
    why: `remove node ${paths.node}`,
  });
}

async function nodesOf(lab: string): Promise<string[]> {
  const prefix = namespaceOf(lab, "");
  const made = (await namespaces(lab)).map((name) => name.slice(prefix.length));
  const directories = existsSync(labDirectory(lab))
    ? (await readdir(labDirectory(lab), { withFileTypes: true }))
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
    : [];
  return [...new Set([...made, ...directories])];
}

async function namespaces(lab: string): Promise<string[]> {
  if (!existsSync("/run/netns")) return [];
  const prefix = namespaceOf(lab, "");
  return (await readdir("/run/netns")).filter((name) => name.startsWith(prefix));
}

/** Mount points of this process's mount namespace. */
async function mounts(): Promise<string[]> {
  const text = await readFile("/proc/self/mountinfo", "utf8");
  return text.split("\n").flatMap((line) => line.split(" ")[4] ?? []);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}
