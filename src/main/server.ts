/**
 * One process: the API, the reconcile loop, and the agents of all nodes. Stopping it stops no node:
 * routers, tags and routes stay as they are, and the next start adopts them (I8).
 */
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { runAgent } from "../agent/agent.ts";
import { createApi } from "../api/app.ts";
import type { NamedPlace } from "../api/readouts.ts";
import { isoTime, systemClock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import { finishDelete } from "../domain/finish-delete.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { planHosts, planSite, siteOf } from "../lab/site.ts";
import { Reconciler } from "../reconcile/loop.ts";
import type { LabPlan } from "../reconcile/outcome.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import type { Backend } from "./backend.ts";
import { type DataFolder, UsageError } from "./data-folder.ts";
import { IntentExchange } from "./intent-exchange.ts";
import { readPlaces } from "./places.ts";
import { nodeReadouts } from "./readouts.ts";

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

/** The lab's customers; planned only where the fabric file has sites or hosts. */
const lab: LabPlan = { standing: planHosts, site: planSite, siteOf };

export async function startServer({
  folder,
  inventory,
  backend,
  listen,
  log,
}: ServerOptions): Promise<RunningServer> {
  const store = openSqliteStore({ path: folder.file("store.sqlite") });
  const sealKey = await folder.ensureSealKey(systemRandom);
  const exchange = new IntentExchange(store, sealKey);
  const reconciler = new Reconciler({
    store,
    inventory,
    lab,
    clock: systemClock,
    log,
    published: (nodes) => exchange.announce(nodes),
    finishDelete: (writer, resource) => finishDelete(writer, resource, isoTime(systemClock)),
  });
  exchange.onReport((node) => reconciler.reported(node));

  const { server, endpoint } = await listenOn({
    store,
    inventory,
    backend,
    sealKey,
    folder,
    listen,
    log,
    wake: () => reconciler.wake(),
  });
  await store.transaction((writer) => writer.markDirty(["inventory"]));
  reconciler.wake();
  const stopping = new AbortController();
  const agents = backend.nodes.map((node) =>
    runAgent({ node, source: exchange, clock: systemClock, log }, stopping.signal),
  );

  return {
    endpoint,
    places: () => readPlaces(store, inventory),
    async stop() {
      await new Promise((resolve) => server.close(resolve));
      stopping.abort();
      await Promise.all([reconciler.stop(), ...agents]);
      backend.release();
      await store.close();
    },
  };
}

type ListenOptions = Omit<ServerOptions, "backend"> & {
  readonly backend: Backend;
  readonly store: Store;
  readonly sealKey: Uint8Array;
  wake(): void;
};

async function listenOn({
  store,
  inventory,
  backend,
  sealKey,
  folder,
  listen,
  log,
  wake,
}: ListenOptions) {
  // The credentials file says where the server is, and the port may be the system's choice.
  const first = await folder.ensureCredentials("", systemRandom);
  const principals = first.principals.map(({ name, clientSecret, subscriptionId }) => ({
    name,
    role: name,
    token: clientSecret,
    subscriptionId,
  }));
  const providerSubscriptionId =
    principals.find(({ name }) => name === "provider")?.subscriptionId ?? "";
  const api = createApi({
    store,
    inventory,
    principals,
    providerSubscriptionId,
    wake,
    clock: systemClock,
    random: systemRandom,
    sealKey,
    log,
    readouts: nodeReadouts({ store, inventory, backend }),
  });
  const server = serve({ fetch: api.fetch, hostname: listen.host, port: listen.port });
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

export async function readFabricText(file: string | undefined, shipped: URL): Promise<string> {
  try {
    return await readFile(file ?? shipped, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new UsageError(
        `There is no fabric file at ${file}. Give one with --fabric, or leave it out for the lab that ships with Causeway.`,
      );
    throw error;
  }
}
