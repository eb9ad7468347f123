/** The server's socket: HTTPS with a certificate that renews itself, or plain HTTP on loopback. */

import { createServer as createPlainServer } from "node:http";
import { createServer, type Server } from "node:https";
import { type AddressInfo, createServer as createSocket } from "node:net";
import { hostname } from "node:os";
import { serve } from "@hono/node-server";
import { messageOf } from "../base/cause.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { UsageError } from "../cli/usage-error.ts";
import type { ControlPlane } from "../control/control-plane.ts";
import { ensureCertificate, readOwnCertificate, type ServerCertificate } from "./certificates.ts";
import type { DataFolder } from "./data-folder.ts";

/** `local`: from the authority in the data folder. */
export type Security =
  | { readonly kind: "local" | "plain" }
  | { readonly kind: "own"; readonly certFile: string; readonly keyFile: string };

export type ListenOptions = {
  readonly folder: DataFolder;
  readonly listen: { readonly host: string; readonly port: number };
  readonly security: Security;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a client may take to send a request; the standing measure where it is absent. */
  readonly requestMs?: number;
};

export type Listener = { readonly endpoint: string; stop(): Promise<void> };

const DAY_MS = 86_400_000;
/** RFC 9325 §3.1.1. */
const minVersion = "TLSv1.2";
/** Bodies have at most 1 MiB: 35 kB/s do. Whoever is slower is cut off, and stops nothing. */
const REQUEST_MS = 30_000;
/** What a request that is being answered has left when the server stops. */
const STOP_MS = 5_000;

export async function listen(
  answer: ControlPlane["answer"],
  options: ListenOptions,
): Promise<Listener> {
  const { listen: at, security } = options;
  const isPlain = security.kind === "plain";
  const patience = patienceOf(options);
  const tls = isPlain ? {} : { ...(await certificateFor(options)), minVersion };
  const server = serve({
    fetch: (request, env) => answer(request, env),
    hostname: at.host,
    port: at.port,
    createServer: isPlain ? createPlainServer : createServer,
    serverOptions: { ...patience, ...tls },
  });
  const { port } = await new Promise<AddressInfo>((resolve, reject) => {
    server.once("listening", () => resolve(server.address() as AddressInfo));
    server.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, at)));
  });
  const stopping = new AbortController();
  // What `createServer` made above.
  if (!isPlain) void renewDaily(server as Server, options, stopping.signal);
  return {
    endpoint: `${isPlain ? "http" : "https"}://${hostOf(at.host)}:${port}`,
    async stop() {
      stopping.abort();
      await closed(server as Server, options.clock);
    },
  };
}

function patienceOf({ requestMs = REQUEST_MS }: ListenOptions) {
  return {
    handshakeTimeout: requestMs,
    headersTimeout: requestMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: requestMs / 10,
  };
}

/** A server that closes no longer looks who is slow: whoever goes on is cut off. */
async function closed(server: Server, clock: Clock): Promise<void> {
  const done = new AbortController();
  const closing = new Promise((resolve) => server.close(resolve));
  void clock.sleep(STOP_MS, done.signal).then(() => server.closeAllConnections());
  await closing;
  done.abort();
}

/** Before anything is made for a server that could not answer: a port that another program has, or an address of nobody. */
export async function refuseTakenPort(at: ListenOptions["listen"]): Promise<void> {
  const socket = createSocket();
  await new Promise<void>((resolve, reject) => {
    socket.once("listening", resolve);
    socket.once("error", (error: NodeJS.ErrnoException) => reject(explain(error, at)));
    socket.listen(at.port, at.host);
  });
  await new Promise((resolve) => socket.close(resolve));
}

async function renewDaily(
  server: Server,
  options: ListenOptions,
  stopping: AbortSignal,
): Promise<void> {
  const { clock, log } = options;
  for (;;) {
    await clock.sleep(DAY_MS, stopping);
    if (stopping.aborted) return;
    try {
      server.setSecureContext({ ...(await certificateFor(options)), minVersion });
    } catch (error) {
      log("error", "The certificate could not be renewed; the one at hand stays in use.", {
        reason: messageOf(error),
      });
    }
  }
}

function certificateFor({
  folder,
  listen: at,
  security,
  clock,
}: ListenOptions): Promise<ServerCertificate> {
  if (security.kind === "own") return readOwnCertificate(security.certFile, security.keyFile);
  return ensureCertificate(folder, isAnyAddress(at.host) ? hostname() : at.host, clock);
}

/** The host by which the programs of this machine reach the server. */
function hostOf(host: string): string {
  if (isAnyAddress(host)) return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

function explain(
  error: NodeJS.ErrnoException,
  { host, port }: { host: string; port: number },
): Error {
  if (error.code === "EADDRINUSE")
    return new UsageError(
      `Port ${port} on ${host} is in use by another program. Choose another with --listen ${host}:PORT, or --listen ${host}:0 for any free one.`,
    );
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND")
    return new UsageError(
      `${host} is no address of this machine; listen on 127.0.0.1 or on one that 'ip address' shows.`,
    );
  if (error.code === "EACCES")
    return new UsageError(
      `Port ${port} needs more rights than this process has; choose one above 1023.`,
    );
  return error;
}
