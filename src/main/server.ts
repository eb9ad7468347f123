/**
 * One process: the API, the reconcile loop, and the agents of all nodes. Stopping it stops no node:
 * routers, tags and routes stay as they are, and the next start adopts them (I8).
 */
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import type { NamedPlace } from "../api/readouts.ts";
import { systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import { UsageError } from "../cli/usage-error.ts";
import { type ControlPlane, createControlPlane } from "../control/control-plane.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Backend } from "./backend.ts";
import type { DataFolder } from "./data-folder.ts";

export type ServerOptions = {
  readonly folder: DataFolder;
  readonly inventory: Inventory;
  readonly backend: Backend;
  readonly listen: { readonly host: string; readonly port: number };
  readonly log: Log;
};

export interface RunningServer {
  readonly endpoint: string;
  /** Virtual machines and gateway instances, and where they run. */
  places(): Promise<readonly NamedPlace[]>;
  /** Ends the API, the loop and the agents; touches no node. */
  stop(): Promise<void>;
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { folder, inventory, backend, log } = options;
  const store = openSqliteStore({ path: folder.file("store.sqlite") });
  // The credentials file says where the server is, and the port may be the system's choice.
  const { principals } = await folder.ensureCredentials("", systemRandom);
  const control = createControlPlane({
    store,
    inventory,
    nodes: backend.nodes,
    principals: principals.map(({ name, clientSecret, subscriptionId }) => ({
      name,
      role: name,
      token: clientSecret,
      subscriptionId,
    })),
    sealKey: await folder.ensureSealKey(systemRandom),
    clock: systemClock,
    random: systemRandom,
    log,
  });
  try {
    const { server, endpoint } = await listenOn(control, options);
    await control.start();
    return {
      endpoint,
      places: control.places,
      async stop() {
        await new Promise((resolve) => server.close(resolve));
        await control.stop();
        backend.release();
        await store.close();
      },
    };
  } catch (error) {
    backend.release();
    await store.close();
    throw error;
  }
}

async function listenOn(control: ControlPlane, { folder, listen }: ServerOptions) {
  const server = serve({ fetch: control.answer, hostname: listen.host, port: listen.port });
  const { port } = await new Promise<AddressInfo>((resolve, reject) => {
    server.once("listening", () => resolve(server.address() as AddressInfo));
    server.once("error", (error: NodeJS.ErrnoException) => reject(explainListen(error, listen)));
  });
  const host = listen.host.includes(":") ? `[${listen.host}]` : listen.host;
  const endpoint = `http://${host}:${port}`;
  await folder.ensureCredentials(endpoint, systemRandom);
  return { server, endpoint };
}

function explainListen(
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
