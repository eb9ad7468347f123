/**
 * Keeps a server of validated RPKI payloads asked: a connection that is made again when it is lost, and
 * payloads that stay in force until they expire. RFC 8210 §8.
 */

import { connect, type Socket } from "node:net";
import { messageOf } from "../../base/cause.ts";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Vrp } from "../../domain/prefix-holding/holdings.ts";
import { Payloads } from "./payloads.ts";
import { readPdus } from "./pdu.ts";

const VERSION = 1;
const RETRY_MS = 5_000;

export type RtrOptions = {
  /** `host:port`. */
  readonly server: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly told: (vrps: readonly Vrp[]) => void;
};

/** Until the signal aborts. */
export async function followRtrServer(options: RtrOptions, signal: AbortSignal): Promise<void> {
  const { server, clock, log, told } = options;
  let heardAt: number | undefined;
  let expireMs = 0;
  let said = "";
  while (!signal.aborted) {
    const payloads = new Payloads(VERSION);
    const reason = await talk(options, payloads, {
      signal,
      heard: () => {
        heardAt = clock.now();
        expireMs = payloads.expireSeconds * 1_000;
        said = "";
      },
    });
    if (signal.aborted) return;
    if (reason !== said)
      log(
        "warn",
        "an RPKI-to-Router server is not heard; what it said before stays until it expires",
        {
          ...{ server, reason },
        },
      );
    said = reason;
    if (heardAt !== undefined && clock.now() - heardAt > expireMs) {
      heardAt = undefined;
      told([]);
    }
    await clock.sleep(RETRY_MS, signal);
  }
}

/** One connection, to its end; says why it ended. */
function talk(
  { server, clock, told }: RtrOptions,
  payloads: Payloads,
  { signal, heard }: { signal: AbortSignal; heard: () => void },
): Promise<string> {
  const socket = connect(placeOf(server));
  const ended = new AbortController();
  const stop = () => socket.destroy();
  signal.addEventListener("abort", stop, { once: true });
  return new Promise<string>((resolve) => {
    let rest: Buffer = Buffer.alloc(0);
    let reason = "the server closed the connection";
    socket.on("connect", () => {
      socket.write(payloads.query());
      void refresh(socket, payloads, { clock, signal: ended.signal });
    });
    socket.on("error", (error) => {
      reason = error.message;
    });
    socket.on("data", (bytes: Buffer) => {
      try {
        const read = readPdus(Buffer.concat([rest, bytes]));
        rest = read.rest;
        for (const pdu of read.pdus) {
          const { asks, isNew } = payloads.take(pdu);
          if (asks !== undefined) socket.write(asks);
          if (isNew !== true) continue;
          heard();
          told(payloads.vrps());
        }
      } catch (error) {
        reason = messageOf(error);
        socket.destroy();
      }
    });
    socket.on("close", () => {
      ended.abort();
      signal.removeEventListener("abort", stop);
      resolve(reason);
    });
  });
}

/** Servers need not notify: every so often they are asked (RFC 8210 §6). */
async function refresh(
  socket: Socket,
  payloads: Payloads,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(payloads.refreshSeconds * 1_000, signal);
    if (!signal.aborted) socket.write(payloads.query());
  }
}

function placeOf(server: string): { host: string; port: number } {
  const at = server.lastIndexOf(":");
  const host = server.slice(0, at).replaceAll(/^\[|\]$/g, "");
  return { host, port: Number(server.slice(at + 1)) };
}
