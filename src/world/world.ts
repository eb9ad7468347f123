/**
 * The whole platform in one process and in virtual time: API, store, reconcile and agents over the
 * simulated fabric. Everything but packets and processes is the real thing.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeAccount, putAccount } from "../api/sign-in/account.ts";
import { invariant } from "../base/invariant.ts";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import { type Client, createClient } from "../client/client.ts";
import { clientCredentials } from "../client/token-source.ts";
import { type ControlPlane, createControlPlane } from "../control/control-plane.ts";
import { PrefixHoldings } from "../control/prefix-holdings.ts";
import type { Role, SecretSource } from "../domain/resource.ts";
import { parseFabricFile } from "../fabric/fabric-file.ts";
import { cablingOf, type Inventory, withRegistryPaths } from "../fabric/inventory.ts";
import type { FabricProbe } from "../fabric/probe.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { FaultyNode } from "./faulty-node.ts";
import { MortalStore } from "./mortal-store.ts";
import { createSimulatedFabric, type SimulatedFabric } from "./simulated-fabric.ts";
import { createSimulatedProbe } from "./simulated-probe.ts";

const SETTLE_WITHIN_MS = 120_000;
const SETTLE_STEP_MS = 250;
const SEAL_KEY = new Uint8Array(32).fill(7);

const TENANT = "00000000-0000-4000-8000-000000000001";
const CUSTOMER_SUBSCRIPTION = "11111111-1111-4111-8111-111111111111";
const PROVIDER_SUBSCRIPTION = "33333333-3333-4333-8333-333333333333";
const ROLES = ["customer", "provider", "operator"] as const;

export type WorldOptions = {
  readonly inventory?: Inventory;
  readonly seed?: number;
  readonly secrets?: SecretSource;
};

export class World implements AsyncDisposable {
  readonly inventory: Inventory;
  readonly clock: VirtualClock;
  readonly fabric: SimulatedFabric;
  readonly probe: FabricProbe;
  readonly customer: Client;
  readonly provider: Client;
  readonly operator: Client;
  readonly customerSubscription = CUSTOMER_SUBSCRIPTION;
  readonly providerSubscription = PROVIDER_SUBSCRIPTION;
  readonly #nodes: ReadonlyMap<string, FaultyNode>;
  readonly #folder = mkdtempSync(join(tmpdir(), "causeway-world-"));
  readonly #random: ReturnType<typeof seededRandom>;
  readonly #secrets: SecretSource | undefined;
  /** Read when the world starts, and whenever a test asks. */
  readonly holdings: PrefixHoldings;
  #mortal: MortalStore;
  #control: ControlPlane;

  private constructor({ inventory = labInventory(), seed = 1, secrets }: WorldOptions) {
    const cabling = cablingOf(inventory);
    const fabric = createSimulatedFabric(cabling);
    this.inventory = inventory;
    this.#secrets = secrets;
    this.fabric = fabric;
    this.clock = new VirtualClock((ms) => fabric.advance(ms));
    this.probe = createSimulatedProbe(fabric);
    this.#random = seededRandom(seed);
    this.#nodes = new Map(
      cabling.nodes.map(({ name }) => [name, new FaultyNode(fabric.node(name))]),
    );
    this.holdings = new PrefixHoldings({
      places: inventory.publicPeering?.registry,
      log: silentLog,
    });
    this.#mortal = this.#open();
    this.#control = this.#assemble();
    this.customer = this.#client("customer");
    this.provider = this.#client("provider");
    this.operator = this.#client("operator");
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(options);
    await world.#enrol();
    await world.#start();
    return world;
  }

  /** The store as the control plane has it; a new one after a restart. */
  get store(): Store {
    return this.#mortal.store;
  }

  node(name: string): FaultyNode {
    const node = this.#nodes.get(name);
    invariant(node !== undefined, `node ${name} is in the fabric file`);
    return node;
  }

  /** The process dies after so many transactions more; `restart` brings another to life. */
  dieAfter(transactions: number): void {
    this.#mortal.dieAfter(transactions);
  }

  /** Another control plane on the same store, over the same nodes. */
  async restart(): Promise<void> {
    await this.#end();
    this.#mortal = this.#open();
    this.#control = this.#assemble();
    await this.#start();
  }

  /** What is not settled yet; empty when nothing is dirty and every node has its newest intent. */
  async unsettled(): Promise<readonly string[]> {
    const dirty = await this.store.dirtyScopes(100);
    const behind: string[] = [];
    for (const name of this.#nodes.keys()) {
      const report = await this.store.readReport(name);
      const newer = await this.store.intentChange(name, report?.generation ?? 0);
      if (newer !== undefined) behind.push(`${name} has yet to reach ${newer.generation}`);
    }
    return [...dirty.map(({ scope }) => scope), ...behind];
  }

  /** Lets time pass until nothing is unsettled. */
  async settle(): Promise<void> {
    for (let waited = 0; waited <= SETTLE_WITHIN_MS; waited += SETTLE_STEP_MS) {
      await this.clock.rest();
      if ((await this.unsettled()).length === 0) return;
      await this.clock.advance(SETTLE_STEP_MS);
    }
    throw new Error(`Not settled: ${(await this.unsettled()).join("; ")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true });
  }

  async #end(): Promise<void> {
    await this.#control.stop();
    await this.#mortal.store.close();
  }

  /**
   * Everybody signs in first: a signature takes real time, in which the loop would run on, and the
   * first one a transaction.
   */
  async #start(): Promise<void> {
    for (const name of ROLES) await this[name].get("/subscriptions");
    await this.#control.start();
  }

  #client(name: Role): Client {
    const place = {
      endpoint: "http://world",
      clock: { now: () => this.clock.now(), sleep: (ms: number) => this.clock.advance(ms) },
      fetch: async (request: Request) => this.#control.answer(request),
    };
    const credentials = { tenantId: TENANT, clientId: name, clientSecret: name };
    return createClient({ ...place, token: clientCredentials({ ...place, ...credentials }) });
  }

  async #enrol(): Promise<void> {
    const made = await Promise.all(
      ROLES.map((name) =>
        makeAccount(
          {
            ...{ name, role: name, clientId: name, secret: name, kind: "application", cost: 2 },
            subscriptionId: name === "provider" ? PROVIDER_SUBSCRIPTION : CUSTOMER_SUBSCRIPTION,
          },
          { random: this.#random, clock: this.clock },
        ),
      ),
    );
    await this.store.transaction(async (writer) => {
      for (const account of made) await putAccount(writer, account);
    });
  }

  #open(): MortalStore {
    const path = join(this.#folder, "store.sqlite");
    return new MortalStore(openSqliteStore({ path, durable: false }));
  }

  #assemble(): ControlPlane {
    return createControlPlane({
      store: this.store,
      inventory: this.inventory,
      nodes: [...this.#nodes.values()],
      tenantId: TENANT,
      providerSubscriptionId: PROVIDER_SUBSCRIPTION,
      sealKey: SEAL_KEY,
      clock: this.clock,
      random: this.#random,
      log: silentLog,
      holdings: this.holdings,
      ...(this.#secrets === undefined ? {} : { secrets: this.#secrets }),
    });
  }
}

/** The lab that ships with Causeway. */
export function labInventory(): Inventory {
  const file = new URL("../../fabrics/lab.yaml", import.meta.url);
  const { inventory, faults } = parseFabricFile(readFileSync(file, "utf8"));
  invariant(inventory !== undefined, `the lab's fabric file is right: ${JSON.stringify(faults)}`);
  return withRegistryPaths(inventory, (path) => join(fileURLToPath(file), "..", path));
}
