/**
 * The kernel's side of a reading: enters namespaces and asks rtnetlink there, without a program for each. A
 * namespace is entered by the whole thread, so this has a thread of its own (`reader-thread.ts`).
 * netlink(7).
 */

import { closeSync, readSync, writeSync } from "node:fs";
import { codeOf, messageOf } from "../../base/cause.ts";
import { checked, cLibrary, systemError } from "../native/c-library.ts";
import { mergesReceived, stopMerging } from "../native/merging.ts";
import { type NodeDoors, openDoors, withNetwork } from "../native/namespaces.ts";
import { attachProgram, detachProgram, hooks, programsAt } from "../native/tcx.ts";
import type { LinkState, NamespaceState } from "../netns/state.ts";
import { filterRequests, type LinkProgram, programIn } from "./filters.ts";
import { errnoOf, type Message, messagesOf, NLMSG_DONE, NLMSG_ERROR } from "./messages.ts";
import {
  type Bodies,
  type LinkLight,
  lightsOf,
  linksRequest,
  namespaceOf,
  namespaceRequests,
} from "./namespace.ts";

export type Place = NodeDoors & { readonly namespaces: readonly string[] };
export type Reading<State> = { readonly state: State } | { readonly error: string };

/** What becomes of a link's programs, each by the path where it is pinned; its name ends with the hook. */
export type HookChange = {
  readonly device: string;
  /** It no longer merges what it received. */
  readonly unmerged?: true;
  readonly attach: readonly { readonly path: string; readonly isFirst: boolean }[];
  readonly detach: readonly string[];
};
export type HookFailure = { readonly device: string; readonly reason: string };

/** Every namespace has it, by this number. */
const LOOPBACK = 1;
const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 0x80003;
const SOL_NETLINK = 270;
const NETLINK_GET_STRICT_CHK = 12;
const SOCKET_BYTES = 256 * 1024;
/** A table that changes while it is told is asked for again, but not for ever. */
const TRIES = 5;

export function readNamespaces(place: Place): Reading<NamespaceState>[] {
  return eachNamespace(place, (ask, socket) => {
    const state = namespaceOf(namespaceRequests.map(ask));
    const links = [...state.links].map(
      ([name, link]) => [name, withMerging(link, socket)] as const,
    );
    return { ...state, links: new Map(links) };
  });
}

/** Of tunnels alone: nobody asks for others. */
function withMerging(link: LinkState, socket: number): LinkState {
  if (link.vxlan === undefined) return link;
  try {
    return { ...link, merges: mergesReceived(socket, link.name) };
  } catch (cause) {
    // It went in between.
    if (codeOf(cause) === "ENODEV") return link;
    throw cause;
  }
}

export function readLights(place: Place): Reading<LinkLight[]>[] {
  return eachNamespace(place, (ask) => lightsOf(ask(linksRequest)));
}

/** At the hooks of links and in their filters. */
export function readPrograms(place: Place): Reading<LinkProgram[]>[] {
  return eachNamespace(place, (ask) =>
    lightsOf(ask(linksRequest)).flatMap(({ name, ifindex }) => {
      const filters = filterRequests(ifindex)
        .flatMap(ask)
        .flatMap((body) => programIn(body) ?? []);
      const hooked = hooks.flatMap((hook) => programsAt(ifindex, hook) ?? []);
      return [...filters, ...hooked].map((program) => ({ device: name, program }));
    }),
  );
}

/** Puts programs on links and takes them off. Undefined where the kernel has no hooks: filters have to do for programs. */
export function changeHooks(
  place: Place,
  changes: readonly HookChange[],
): Reading<HookFailure[] | undefined>[] {
  return eachNamespace(place, (ask, socket) => {
    const hasHooks = programsAt(LOOPBACK, "ingress") !== undefined;
    const numbers = new Map(
      lightsOf(ask(linksRequest)).map(({ name, ifindex }) => [name, ifindex]),
    );
    const failures = changes.flatMap((change) => {
      try {
        if (change.unmerged) stopMerging(socket, change.device);
        if (hasHooks) changeHook(numbers.get(change.device), change);
        return [];
      } catch (cause) {
        return [{ device: change.device, reason: messageOf(cause) }];
      }
    });
    if (hasHooks) return failures;
    // Here only merging was tried, and the filters that do for programs tell nothing of it.
    const [first] = failures;
    if (first !== undefined) throw new Error(`${first.device}: ${first.reason}`);
    return undefined;
  });
}

function changeHook(ifindex: number | undefined, { device, attach, detach }: HookChange): void {
  if (ifindex === undefined) {
    // What is gone has lost its programs.
    if (attach.length === 0) return;
    throw new Error(`there is no link ${device}`);
  }
  const hookOf = (path: string) => (path.endsWith("_ingress") ? "ingress" : "egress");
  for (const path of detach) detachProgram(ifindex, hookOf(path), path);
  for (const { path, isFirst } of attach) attachProgram(ifindex, hookOf(path), { path, isFirst });
}

type Ask = (request: Buffer) => Bodies;
/** Asks by a socket that is in the namespace. */
type Read<State> = (ask: Ask, socket: number) => State;

function eachNamespace<State>(place: Place, read: Read<State>): Reading<State>[] {
  return openDoors(place, place.namespaces).map((door) => {
    if ("error" in door) return door;
    try {
      return { state: withNetwork(door.file, () => asking(read)) };
    } catch (cause) {
      return { error: messageOf(cause) };
    } finally {
      closeSync(door.file);
    }
  });
}

function asking<State>(read: Read<State>): State {
  const c = cLibrary();
  const socket = checked("socket", c.socket([AF_NETLINK, SOCK_RAW_CLOEXEC, 0]));
  try {
    // The kernel heeds what narrows a request only where it is asked to be strict (Linux 4.20).
    const one = Buffer.from([1, 0, 0, 0]);
    checked(
      "setsockopt",
      c.setsockopt([socket, SOL_NETLINK, NETLINK_GET_STRICT_CHK, one, one.length]),
    );
    return read((request) => askWhole(socket, request), socket);
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
