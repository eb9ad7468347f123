import { readdir, readFile, readlink, stat } from "node:fs/promises";
import { labDirectory, namespaceOf } from "./places.ts";

export type LabProcess = { readonly pid: number; readonly name: string };

/**
 * Processes that live in one of a lab's namespaces: routing daemons, watchers, programs of a probe.
 * Told by the network namespace they are in, or by the mount namespace that a node holds.
 */
export async function labProcesses(lab: string): Promise<LabProcess[]> {
  const places = await placesOf(lab);
  if (places.size === 0) return [];
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => processIn(pid, places)));
  return found.filter((process) => process !== undefined);
}

async function placesOf(lab: string): Promise<ReadonlySet<string>> {
  const places = new Set<string>();
  const prefix = namespaceOf(lab, "");
  for (const name of await readdir("/run/netns").catch(() => [])) {
    if (name.startsWith(prefix)) await addInode(places, `/run/netns/${name}`, "net");
  }
  for (const node of await readdir(labDirectory(lab)).catch(() => [])) {
    await addInode(places, `${labDirectory(lab)}/${node}/mount`, "mnt");
  }
  return places;
}

async function addInode(places: Set<string>, path: string, kind: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined) places.add(`${kind}:[${found.ino}]`);
}

async function processIn(
  pid: number,
  places: ReadonlySet<string>,
): Promise<LabProcess | undefined> {
  const [net, mnt] = await Promise.all(
    ["net", "mnt"].map((kind) => readlink(`/proc/${pid}/ns/${kind}`).catch(() => "")),
  );
  if (!places.has(net ?? "") && !places.has(mnt ?? "")) return undefined;
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z ");
  if (/\) [ZX] /.test(status)) return undefined;
  const name = status.slice(status.indexOf("(") + 1, status.lastIndexOf(")"));
  return { pid, name };
}
