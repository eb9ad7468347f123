/**
 * Enters namespaces without a program that does. A namespace is entered by a whole thread: what is done inside is
 * done at once, and the thread is home again before anything else runs on it. setns(2), mount_namespaces(7).
 */

import { closeSync, openSync } from "node:fs";
import { messageOf } from "../../base/cause.ts";
import { checked, cLibrary } from "./c-library.ts";

/** A node's own namespace is `default`; its VRFs have names only inside its mount namespace. */
export type NodeDoors = { readonly net: string; readonly mount: string };

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
const CLONE_NEWNET = 0x40000000;
type Kind = typeof CLONE_NEWNET | typeof CLONE_NEWNS;

export type Door = { readonly file: number } | { readonly error: string };

/** Open namespaces of a node, in the order of their names; who asks closes them. */
export function openDoors({ net, mount }: NodeDoors, namespaces: readonly string[]): Door[] {
  const vrfs = namespaces.filter((name) => name !== "default");
  const doors = vrfs.length === 0 ? new Map<string, Door>() : openInside(mount, vrfs);
  return namespaces.map((name) => doors.get(name) ?? attempt(() => openSync(net, "r")));
}

function openInside(mount: string, vrfs: readonly string[]): ReadonlyMap<string, Door> {
  const open = (name: string): [string, Door] => [
    name,
    attempt(() => openSync(`/run/netns/${name}`, "r")),
  ];
  try {
    return new Map(withMounts(mount, () => vrfs.map(open)));
  } catch (cause) {
    return new Map(vrfs.map((name) => [name, { error: messageOf(cause) }]));
  }
}

function attempt(openFile: () => number): Door {
  try {
    return { file: openFile() };
  } catch (cause) {
    return { error: messageOf(cause) };
  }
}

/** Does `work` with the mounts of a node. */
export function withMounts<Result>(mount: string, work: () => Result): Result {
  const file = openSync(mount, "r");
  try {
    return entered(file, CLONE_NEWNS, work);
  } finally {
    closeSync(file);
  }
}

/** Does `work` in an open network namespace. */
export function withNetwork<Result>(file: number, work: () => Result): Result {
  return entered(file, CLONE_NEWNET, work);
}

function entered<Result>(file: number, kind: Kind, work: () => Result): Result {
  const home = homeOf(kind);
  const { setns } = cLibrary();
  checked("setns", setns([file, kind]));
  try {
    return work();
  } finally {
    comeHome(home, kind);
  }
}

function comeHome(home: number, kind: Kind): void {
  try {
    checked("setns", cLibrary().setns([home, kind]));
  } catch {
    // Whatever this thread did next, it would do in somebody else's place.
    process.abort();
  }
}

let homes: Readonly<Record<Kind, number>> | undefined;

function homeOf(kind: Kind): number {
  if (homes === undefined) {
    // A thread may change its mounts only where it shares its working folder with no other.
    checked("unshare", cLibrary().unshare([CLONE_FS]));
    homes = {
      [CLONE_NEWNET]: openSync("/proc/thread-self/ns/net", "r"),
      [CLONE_NEWNS]: openSync("/proc/thread-self/ns/mnt", "r"),
    };
  }
  return homes[kind];
}
