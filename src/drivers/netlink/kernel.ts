/**
 * The kernel's side of a reading: enters namespaces and asks rtnetlink there, without a program for each. A
 * namespace is entered by the whole thread, so this has a thread of its own (`reader-thread.ts`).
 * setns(2), mount_namespaces(7), netlink(7).
 */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import { DataType, define, open } from "ffi-rs";
import type { NamespaceState } from "../netns/state.ts";
import { errnoOf, type Message, messagesOf, NLMSG_DONE, NLMSG_ERROR } from "./messages.ts";
import {
  type Bodies,
  type LinkLight,
  lightsOf,
  linksRequest,
  namespaceOf,
  namespaceRequests,
} from "./namespace.ts";

/** A node's own namespace is `default`; its VRFs have names only inside its mount namespace. */
export type Place = {
  readonly net: string;
  readonly mount: string;
  readonly namespaces: readonly string[];
};
export type Reading<State> = { readonly state: State } | { readonly error: string };

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
const CLONE_NEWNET = 0x40000000;
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 0x80003;
const SOL_NETLINK = 270;
const NETLINK_GET_STRICT_CHK = 12;
const SOCKET_BYTES = 256 * 1024;
/** A table that changes while it is told is asked for again, but not for ever. */
const TRIES = 5;

export function readNamespaces(place: Place): Reading<NamespaceState>[] {
  return eachNamespace(place, (ask) => namespaceOf(namespaceRequests.map(ask)));
}

export function readLights(place: Place): Reading<LinkLight[]>[] {
  return eachNamespace(place, (ask) => lightsOf(ask(linksRequest)));
}

type Ask = (request: Buffer) => Bodies;

function eachNamespace<State>(place: Place, read: (ask: Ask) => State): Reading<State>[] {
  const doors = openDoors(place);
  try {
    return doors.map((door) => {
      if ("error" in door) return door;
      try {
        enter(door.file, CLONE_NEWNET);
        return { state: asking(read) };
      } catch (cause) {
        return failure(cause);
      } finally {
        closeSync(door.file);
      }
    });
  } finally {
    returnHome(CLONE_NEWNET);
  }
}

type Door = { readonly file: number } | { readonly error: string };

function openDoors({ net, mount, namespaces }: Place): Door[] {
  const vrfs = namespaces.filter((name) => name !== "default");
  const doors = vrfs.length === 0 ? new Map<string, Door>() : openInside(mount, vrfs);
  return namespaces.map((name) => doors.get(name) ?? attempt(() => openSync(net, "r")));
}

function openInside(mount: string, vrfs: readonly string[]): ReadonlyMap<string, Door> {
  const file = openSync(mount, "r");
  try {
    enter(file, CLONE_NEWNS);
    return new Map(vrfs.map((name) => [name, attempt(() => openSync(`/run/netns/${name}`, "r"))]));
  } finally {
    closeSync(file);
    returnHome(CLONE_NEWNS);
  }
}

function attempt(openFile: () => number): Door {
  try {
    return { file: openFile() };
  } catch (cause) {
    return failure(cause);
  }
}

function failure(cause: unknown): { error: string } {
  return { error: cause instanceof Error ? cause.message : String(cause) };
}

function asking<State>(read: (ask: Ask) => State): State {
  const socket = checked("socket", native().socket([AF_NETLINK, SOCK_RAW_CLOEXEC, 0]));
  try {
    // The kernel heeds what narrows a request only where it is asked to be strict (Linux 4.20).
    const one = Buffer.from([1, 0, 0, 0]);
    checked(
      "setsockopt",
      native().setsockopt([socket, SOL_NETLINK, NETLINK_GET_STRICT_CHK, one, one.length]),
    );
    return read((request) => askWhole(socket, request));
  } finally {
    closeSync(socket);
  }
}

function askWhole(socket: number, request: Buffer): Bodies {
  for (let tries = 1; ; tries += 1) {
    const messages = askOnce(socket, request);
    const isWhole = messages.every(({ interrupted }) => !interrupted);
    if (isWhole || tries === TRIES) return messages.map(({ body }) => body);
  }
}

const received = Buffer.alloc(SOCKET_BYTES);

function askOnce(socket: number, request: Buffer): Message[] {
  writeSync(socket, request);
  const messages: Message[] = [];
  for (;;) {
    const length = readSync(socket, received, 0, SOCKET_BYTES, null);
    for (const message of messagesOf(Buffer.from(received.subarray(0, length)))) {
      const errno = errnoOf(message);
      if (errno !== 0) throw systemError("netlink", errno);
      if (message.type === NLMSG_DONE || message.type === NLMSG_ERROR) return messages;
      messages.push(message);
    }
  }
}

function enter(file: number, kind: number): void {
  checked("setns", native().setns([file, kind]));
}

function returnHome(kind: typeof CLONE_NEWNET | typeof CLONE_NEWNS): void {
  enter(native().home[kind], kind);
}

type Native = ReturnType<typeof loadNative>;
let loaded: Native | undefined;

function native(): Native {
  loaded ??= loadNative();
  return loaded;
}

function loadNative() {
  const library = "libc";
  // The empty path is the process itself, which has its C library with it.
  open({ library, path: "" });
  const { I32, U8Array } = DataType;
  const { setns, unshare, socket, setsockopt } = define({
    setns: { library, retType: I32, paramsType: [I32, I32], errno: true },
    unshare: { library, retType: I32, paramsType: [I32], errno: true },
    socket: { library, retType: I32, paramsType: [I32, I32, I32], errno: true },
    setsockopt: {
      ...{ library, retType: I32, errno: true },
      paramsType: [I32, I32, I32, U8Array, I32],
    },
  });
  // A thread may change its mounts only where it shares its working folder with no other.
  checked("unshare", unshare([CLONE_FS]));
  const home = {
    [CLONE_NEWNET]: openSync("/proc/thread-self/ns/net", "r"),
    [CLONE_NEWNS]: openSync("/proc/thread-self/ns/mnt", "r"),
  };
  return { setns, socket, setsockopt, home };
}

function checked(call: string, answer: unknown): number {
  const { value, errnoCode } = answer as { value: number; errnoCode: number };
  if (value < 0) throw systemError(call, errnoCode);
  return value;
}

function systemError(call: string, errno: number): Error {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${call}: ${code}`), { code });
}
