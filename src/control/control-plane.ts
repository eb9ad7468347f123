/**
 * The control plane over some nodes: the API's application, the reconcile loop, and the agents. Programs
 * serve it on a port; tests call it in place. Stopping it touches no node (I8).
 */
import { runAgent } from "../agent/agent.ts";
import { type Connection, createApi } from "../api/app.ts";
import { WebhookSender } from "../api/events/webhook-sender.ts";
import type { NamedPlace } from "../api/readouts.ts";
import type { TrustedIssuers } from "../api/sign-in/client-proof.ts";
import { type Clock, isoTime } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/random.ts";
import { finishDelete } from "../domain/finish-delete.ts";
import type { SecretSource } from "../domain/resource.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { FabricNode } from "../fabric/report.ts";
import { planHosts, planSite, siteOf, sitesOf } from "../lab/site.ts";
import { Reconciler } from "../reconcile/loop.ts";
import type { LabPlan, ReconcileContext } from "../reconcile/outcome.ts";
import { publicCircuitIds } from "../reconcile/public-scope.ts";
import { rehearse } from "../reconcile/rehearse.ts";
import type { ActivityKept, Store } from "../store/store.ts";
import { IntentExchange } from "./intent-exchange.ts";
import { readPlaces } from "./places.ts";
import type { PrefixHoldings } from "./prefix-holdings.ts";
import { nodeReadouts } from "./readouts.ts";

export type ControlPlaneOptions = {
  readonly store: Store;
  readonly inventory: Inventory;
  readonly nodes: readonly FabricNode[];
  readonly tenantId: string;
  /** Subscription that holds the cross connections. */
  readonly providerSubscriptionId: string;
  readonly trustedIssuers?: TrustedIssuers;
  /** What identifiers of a key vault stand for; absent: nothing. */
  readonly secrets?: SecretSource;
  readonly activityKept?: ActivityKept;
  readonly compat409?: boolean;
  /** Who may announce which prefix; absent: nobody knows. */
  readonly holdings?: PrefixHoldings;
  /** 32 bytes: opens what is sealed at rest. */
  readonly sealKey: Uint8Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

export interface ControlPlane {
  /** The API, one request at a time or many. */
  answer(request: Request, connection?: Connection): Response | Promise<Response>;
  /** Begins to reconcile and to drive the nodes. */
  start(): Promise<void>;
  /** Virtual machines and gateway instances, and where they run. */
  places(): Promise<readonly NamedPlace[]>;
  /** Ends the answers that would go on for ever, so that the socket can be closed. */
  hangUp(): void;
  /** Ends the loop and the agents after what they are doing; the store stays open. */
  stop(): Promise<void>;
}

/** The lab's customers; planned only where the fabric file has sites or hosts. */
const lab: LabPlan = { standing: planHosts, site: planSite, siteOf, sitesOf };

export function createControlPlane(options: ControlPlaneOptions): ControlPlane {
  const { store, inventory, nodes, clock, log, holdings } = options;
  const exchange = new IntentExchange(options);
  const stopping = new AbortController();
  const closing = new AbortController();
  const sender = new WebhookSender(options);
  let reconciler: Reconciler | undefined;
  let agents: readonly Promise<void>[] = [];
  const context: ReconcileContext = {
    store,
    inventory,
    lab,
    ...(holdings === undefined ? {} : { holdings: () => holdings.current() }),
    clock,
    log,
    published: (intents) => exchange.announce(intents),
    finishDelete: (writer, resource) => finishDelete(writer, resource, isoTime(clock)),
  };
  const api = createApi({
    ...options,
    rehearse: (writer, scopes) => rehearse(context, writer, scopes),
    closing: closing.signal,
    wake: () => reconciler?.wake(),
    webhooksChanged: () => sender.changed(),
    readouts: nodeReadouts({ store, inventory, nodes }),
  });
  return {
    answer: (request, connection) => api.fetch(request, connection),
    async start() {
      await holdings?.refresh();
      await store.transaction((writer) => writer.markDirty(["inventory"]));
      // What is known of prefixes may have changed while nobody looked.
      await markPublicCircuits(store);
      const loop = new Reconciler(context);
      reconciler = loop;
      exchange.onReport((report) => loop.reported(report));
      agents = nodes.map((node) =>
        runAgent({ node, source: exchange, clock, log }, stopping.signal),
      );
      sender.start();
      holdings?.onChange(() => {
        void markPublicCircuits(store).then(
          () => loop.wake(),
          (error) => log("error", "new registry data waits", { error: String(error) }),
        );
      });
    },
    places: () => readPlaces(store, inventory),
    hangUp: () => closing.abort(),
    async stop() {
      closing.abort();
      stopping.abort();
      await Promise.all([reconciler?.stop(), sender.stop(), ...agents]);
    },
  };
}

/** Public peerings are judged when their circuits are planned. */
async function markPublicCircuits(store: Store): Promise<void> {
  await store.transaction(async (writer) => {
    const ids = await publicCircuitIds(writer);
    await writer.markDirty(ids.map((id) => `circuit:${id.toLowerCase()}`));
  });
}
