/**
 * The routing daemons of a node: zebra (VRFs are namespaces), bgpd, bfdd. They are daemons of their own,
 * not children: ending the server or an agent ends no session (I8).
 */
import { existsSync } from "node:fs";
import { chmod, chown, readFile, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import type { Command } from "../driver.ts";
import { argvAt, type NodePaths } from "../places.ts";
import { CommandError, run } from "../run.ts";
import { wait } from "../wait.ts";

export const daemonNames = ["zebra", "bgpd", "bfdd"] as const;
export type DaemonName = (typeof daemonNames)[number];

const programDirectories = ["/usr/lib/frr", "/usr/libexec/frr", "/usr/sbin"];
const startMsMax = 10_000;
const endMsMax = 5_000;

export const frrMissing =
  "FRR is not installed, so this node cannot route: run `apt-get install frr` (version 8.4 or newer).";

export function frrDirectory(): string | undefined {
  return programDirectories.find((path) => existsSync(`${path}/zebra`));
}

/** Starts the daemons that do not run. Returns those that it started. */
export async function ensureDaemons(paths: NodePaths): Promise<readonly DaemonName[]> {
  const dead = await deadDaemons(paths);
  if (dead.length === 0) return [];
  const programs = frrDirectory();
  if (programs === undefined) throw new CommandError(frrMissing);
  // bgpd and bfdd learn their VRFs from the zebra they met first: a new zebra gets new ones.
  const start = dead.includes("zebra") ? [...daemonNames] : dead;
  await Promise.all(start.map((name) => endDaemon(paths, name)));
  await giveDirectory(paths);
  for (const name of start) await startDaemon(paths, programs, name);
  return start;
}

export async function deadDaemons(paths: NodePaths): Promise<DaemonName[]> {
  const alive = await Promise.all(daemonNames.map((name) => isAlive(paths, name)));
  return daemonNames.filter((_, index) => !alive[index]);
}

/**
 * A process that is being killed still has its number, but its socket is shut already. A queue that is
 * full (EAGAIN, unix(7)) is a daemon that is busy: ending it would reset every session of the node.
 */
async function isAlive(paths: NodePaths, name: DaemonName): Promise<boolean> {
  if ((await daemonPid(paths, name)) === undefined) return false;
  return new Promise((resolve) => {
    const socket = connect(vtySocket(paths, name));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "EAGAIN"));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** Ends the daemons and waits until they are gone; their routes go with them. */
export async function endDaemons(paths: NodePaths): Promise<void> {
  await Promise.all([...daemonNames].reverse().map((name) => endDaemon(paths, name)));
}

/** The process of a daemon, when it lives. A pid that was given to another program is not it. */
export async function daemonPid(paths: NodePaths, name: DaemonName): Promise<number | undefined> {
  const text = await readFile(pidFile(paths, name), "utf8").catch(() => "");
  const pid = Number(text.trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return (await runs(pid, name)) ? pid : undefined;
}

/** A dead process that nobody has reaped yet keeps its number and name, in state Z. */
async function runs(pid: number, name: DaemonName): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.includes(`(${name}) `) && !/\) [ZX] /.test(stat);
}

async function endDaemon(paths: NodePaths, name: DaemonName): Promise<void> {
  const pid = await daemonPid(paths, name);
  if (pid !== undefined) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself in the meantime.
    }
    for (let waited = 0; waited < endMsMax && (await runs(pid, name)); waited += 5) await wait(5);
  }
  await Promise.all([
    rm(pidFile(paths, name), { force: true }),
    rm(vtySocket(paths, name), { force: true }),
  ]);
}

/**
 * What a daemon frees it keeps, up to 64 MiB. glibc gives back all beyond 128 KiB and asks for it again, and with thousands of
 * routes zebra spent half of its time on that (docs/decisions/0028). mallopt(3), M_TRIM_THRESHOLD.
 */
const keepsMemory = `GLIBC_TUNABLES=glibc.malloc.trim_threshold=${64 * 1024 * 1024}`;

async function startDaemon(paths: NodePaths, programs: string, name: DaemonName): Promise<void> {
  const options = name === "zebra" ? ["-n"] : [];
  const argv = [
    ...apart(paths, name),
    "env",
    keepsMemory,
    `${programs}/${name}`,
    "-d",
    ...options,
    ...["-f", "/dev/null", "-P", "0", "-i", `/run/frr/${name}.pid`],
    ...["--log", `file:/run/frr/${name}.log`, "--log-level", "warnings"],
  ];
  const command: Command = {
    argv: argvAt(paths, "default", argv),
    why: `start ${name} of ${paths.node}`,
  };
  await run(command);
  for (let waited = 0; waited < startMsMax; waited += 5) {
    if (existsSync(vtySocket(paths, name))) return;
    await wait(5);
  }
  throw new CommandError(
    `${name} of node ${paths.node} did not open its socket; read ${paths.frr}/${name}.log`,
  );
}

/**
 * bfdd holds a packet socket in each of its namespaces, for which Linux copies the head of all that goes up
 * its stack. Where a node's own namespace only carries tunnels, bfdd has an empty one in its stead.
 */
function apart(paths: NodePaths, name: DaemonName): string[] {
  return name === "bfdd" && existsSync(onlyVrfsFile(paths)) ? ["unshare", "--net"] : [];
}

/** There on a node whose sessions are all in VRFs. */
export function onlyVrfsFile(paths: NodePaths): string {
  return `${paths.directory}/only-vrfs`;
}

/** FRR drops its privileges to the user of its directory. */
async function giveDirectory(paths: NodePaths): Promise<void> {
  const owner = await stat("/var/log/frr").catch(() => stat("/etc/frr").catch(() => undefined));
  if (owner !== undefined) await chown(paths.frr, owner.uid, owner.gid);
  await chmod(paths.frr, 0o750);
}

export function vtySocket(paths: NodePaths, name: DaemonName): string {
  return `${paths.frr}/${name}.vty`;
}

function pidFile(paths: NodePaths, name: DaemonName): string {
  return `${paths.frr}/${name}.pid`;
}
