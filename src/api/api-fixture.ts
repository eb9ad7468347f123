/** For tests: the API on a store of its own and a small inventory, with operations completed by hand. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as othersTurn } from "node:timers/promises";
import { silentLog } from "../base/log.ts";
import { seededRandom } from "../base/random.ts";
import { finishDelete } from "../domain/finish-delete.ts";
import { Inventory } from "../fabric/inventory.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { createApi } from "./app.ts";
import type { ApiDependencies } from "./context.ts";
import { type Account, makeAccount, type NewAccount, putAccount } from "./sign-in/account.ts";

export const customerSubscription = "11111111-1111-4111-8111-111111111111";
export const otherSubscription = "22222222-2222-4222-8222-222222222222";
export const providerSubscription = "33333333-3333-4333-8333-333333333333";

const tenantId = "00000000-0000-4000-8000-000000000001";

const principals = {
  operator: {
    name: "olga",
    role: "operator",
    subscriptionId: customerSubscription,
  },
  customer: {
    name: "carl",
    role: "customer",
    subscriptionId: customerSubscription,
  },
  other: {
    name: "otto",
    role: "customer",
    subscriptionId: otherSubscription,
  },
  provider: {
    name: "paula",
    role: "provider",
    subscriptionId: providerSubscription,
  },
} as const satisfies Record<string, Pick<Account, "name" | "role" | "subscriptionId">>;

export type Who = keyof typeof principals;

export const smallInventory: Inventory = Inventory.parse({
  name: "small",
  regions: [
    { name: "westeurope", displayName: "West Europe", geography: "Europe" },
    { name: "northeurope", displayName: "North Europe", geography: "Europe" },
    { name: "eastus", displayName: "East US", geography: "America" },
  ],
  peeringLocations: [
    {
      name: "Amsterdam",
      metro: "Amsterdam",
      localRegions: ["westeurope"],
      edges: { primary: "ams-e1", secondary: "ams-e2" },
      directPortPairs: [
        {
          name: "ams-direct-1",
          bandwidthGbps: 10,
          primary: "ams-e1:d0",
          secondary: "ams-e2:d0",
          rackId: "r1",
          patchPanelIds: ["p1", "p2"],
        },
        {
          name: "ams-direct-2",
          bandwidthGbps: 10,
          primary: "ams-e1:d1",
          secondary: "ams-e2:d1",
          rackId: "r1",
          patchPanelIds: ["p3", "p4"],
        },
      ],
    },
    {
      name: "New York",
      metro: "New York",
      localRegions: ["eastus"],
      edges: { primary: "ny-e1", secondary: "ny-e2" },
    },
  ],
  providers: [
    {
      name: "Exchange One",
      models: ["exchange-l2"],
      bandwidthsMbps: [50, 200, 1000],
      portPairs: [
        {
          name: "ams-nni",
          peeringLocation: "Amsterdam",
          bandwidthMbps: 1000,
          overprovisionFactor: 2,
          primary: { edge: "ams-e1:nni0", provider: "ams-sw1:nni0" },
          secondary: { edge: "ams-e2:nni0", provider: "ams-sw2:nni0" },
        },
        {
          name: "ny-nni",
          peeringLocation: "New York",
          bandwidthMbps: 10000,
          primary: { edge: "ny-e1:nni0", provider: "ny-sw1:nni0" },
          secondary: { edge: "ny-e2:nni0", provider: "ny-sw2:nni0" },
        },
      ],
      handOffs: ["blue", "green"].map((name, index) => ({
        kind: "l2",
        name,
        peeringLocation: "Amsterdam",
        primary: { port: `ams-sw1:c${index}`, outer: "same" },
        secondary: { port: `ams-sw2:c${index}`, outer: "same" },
      })),
    },
  ],
  nodes: ["ams-e1", "ams-e2", "ny-e1", "ny-e2"].map((name) => ({ name, role: "edge" })),
});

export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  // Tests read answers by path.
  readonly body: Wire;
};
export type Wire = {
  readonly [field: string]: Wire;
} & { readonly length: number };

export type Api = AsyncDisposable & {
  readonly store: Store;
  /** Clock and randomness of the server. */
  readonly deps: ApiDependencies;
  readonly woken: () => number;
  /** A request as it is, without a token; accounts stand when it is answered. */
  raw(request: Request): Promise<Response>;
  tokenOf(who: Who): Promise<string>;
  enrol(account: NewAccount): Promise<Account>;
  call(who: Who, method: string, path: string, body?: unknown): Promise<Answered>;
  callWith(who: Who, request: CallOptions): Promise<Answered>;
  /** What reconcile does when every node agrees at once. */
  settle(): Promise<void>;
};

export type CallOptions = {
  method: string;
  path: string;
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
};

export function startApi(changes: Partial<ApiDependencies> = {}): Api {
  const folder = mkdtempSync(join(tmpdir(), "causeway-api-"));
  const store = openSqliteStore({ path: join(folder, "store.db"), durable: false });
  let wakes = 0;
  const deps: ApiDependencies = {
    store,
    inventory: smallInventory,
    tenantId,
    providerSubscriptionId: providerSubscription,
    wake: () => {
      wakes += 1;
    },
    clock: { now: () => 1_800_000_000_000, sleep: () => othersTurn() },
    random: seededRandom(1),
    sealKey: new Uint8Array(32).fill(7),
    log: silentLog,
    ...changes,
  };
  const app = createApi(deps);
  const { enrol, enrolled, tokenOf } = peopleOf(app, deps);
  const callWith = async (who: Who, { method, path, body, headers }: CallOptions) => {
    const version = path.includes("?") ? "&" : "?";
    const url = path.startsWith("http")
      ? path
      : `http://api${path}${version}api-version=2025-05-01`;
    const response = await app.request(url, {
      method,
      headers: { authorization: `Bearer ${await tokenOf(who)}`, ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === "" ? {} : JSON.parse(text)) as Wire,
    };
  };
  return {
    store,
    woken: () => wakes,
    deps,
    tokenOf,
    enrol,
    raw: async (request) => {
      await enrolled;
      return app.request(request);
    },
    callWith,
    call: (who, method, path, body) => callWith(who, { method, path, body }),
    settle: () => settle(store),
    async [Symbol.asyncDispose]() {
      await enrolled;
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Accounts and their tokens. */
function peopleOf(app: ReturnType<typeof createApi>, deps: ApiDependencies) {
  const tokens = new Map<Who, string>();
  const enrol = async (account: NewAccount) => {
    const made = await makeAccount({ cost: 2, ...account }, deps);
    await deps.store.transaction((writer) => putAccount(writer, made));
    return made;
  };
  // Begun here and awaited by the first request, for the fixture itself is there at once.
  const enrolled = Promise.all(
    Object.entries(principals).map(([who, principal]) =>
      enrol({ ...principal, kind: "application", clientId: who, secret: `${who}-secret` }),
    ),
  );
  const tokenOf = async (who: Who) => {
    await enrolled;
    const held = tokens.get(who);
    if (held !== undefined) return held;
    const form = { grant_type: "client_credentials", client_id: who };
    const body = new URLSearchParams({ ...form, client_secret: `${who}-secret` });
    const request = { method: "POST", body };
    const response = await app.request(`http://api/${tenantId}/oauth2/v2.0/token`, request);
    const { access_token: token } = (await response.json()) as { access_token: string };
    tokens.set(who, token);
    return token;
  };
  return { enrol, enrolled, tokenOf };
}

async function settle(store: Store): Promise<void> {
  const now = new Date(1_800_000_000_000).toISOString();
  await store.transaction(async (writer) => {
    for (const { id, type } of await writer.list({})) {
      const row = await writer.read(id);
      if (row === undefined || type === "Microsoft.Resources/resourceGroups") continue;
      if (row.provisioningState === "Deleting") await finishDelete(writer, row, now);
      if (row.provisioningState !== "Updating") continue;
      await writer.putResource({ ...row, provisioningState: "Succeeded" });
      for (const operation of await writer.openOperations(row.id)) {
        await writer.putOperation({ ...operation, status: "Succeeded", endedAt: now });
      }
    }
  });
  for (const dirty of await store.dirtyScopes(10_000)) await store.settleDirty(dirty);
}

/** Paths of the resources that tests are about. */
export const at = {
  group: `/subscriptions/${customerSubscription}/resourceGroups/rg`,
  network: (kind: string, name: string) =>
    `/subscriptions/${customerSubscription}/resourceGroups/rg/providers/Microsoft.Network/${kind}/${name}`,
  circuit: (name: string) => at.network("expressRouteCircuits", name),
  peering: (circuit: string) => `${at.circuit(circuit)}/peerings/AzurePrivatePeering`,
  vnet: (name: string) => at.network("virtualNetworks", name),
  gateway: (name: string) => at.network("virtualNetworkGateways", name),
  connection: (name: string) => at.network("connections", name),
  port: (name: string) => at.network("ExpressRoutePorts", name),
  machine: (name: string) =>
    `/subscriptions/${customerSubscription}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/${name}`,
  crossConnection: (serviceKey: string, place = "Amsterdam") =>
    `/subscriptions/${providerSubscription}/resourceGroups/CrossConnection-${place}/providers/Microsoft.Network/expressRouteCrossConnections/${serviceKey}`,
};

/** Bodies that are accepted; tests change one thing. */
export const good = {
  circuit: (bandwidthInMbps = 50, place = "Amsterdam") => ({
    location: "westeurope",
    sku: { tier: "Standard", family: "MeteredData" },
    properties: {
      serviceProviderProperties: {
        serviceProviderName: "Exchange One",
        peeringLocation: place,
        bandwidthInMbps,
      },
    },
  }),
  peering: (changes: object = {}) => ({
    properties: {
      peeringType: "AzurePrivatePeering",
      peerASN: 65001,
      vlanId: 101,
      primaryPeerAddressPrefix: "192.168.100.128/30",
      secondaryPeerAddressPrefix: "192.168.100.132/30",
      ...changes,
    },
  }),
  vnet: (space = "10.1.0.0/16") => ({
    location: "westeurope",
    properties: {
      addressSpace: { addressPrefixes: [space] },
      subnets: [
        { name: "default", properties: { addressPrefix: space.replace("0.0/16", "0.0/24") } },
        {
          name: "GatewaySubnet",
          properties: { addressPrefix: space.replace("0.0/16", "255.0/27") },
        },
      ],
    },
  }),
  gateway: (vnet = "vnet", sku = "ErGw1AZ") => ({
    location: "westeurope",
    properties: {
      gatewayType: "ExpressRoute",
      sku: { name: sku, tier: sku },
      ipConfigurations: [
        {
          name: "vnetGatewayConfig0",
          properties: { subnet: { id: `${at.vnet(vnet)}/subnets/GatewaySubnet` } },
        },
      ],
    },
  }),
  connection: (circuit = "blue", gateway = "gw") => ({
    location: "westeurope",
    properties: {
      connectionType: "ExpressRoute",
      virtualNetworkGateway1: { id: at.gateway(gateway) },
      peer: { id: at.circuit(circuit) },
    },
  }),
  port: (encapsulation = "QinQ") => ({
    location: "westeurope",
    properties: { peeringLocation: "Amsterdam", bandwidthInGbps: 10, encapsulation },
  }),
  directCircuit: (port = "port", bandwidthInGbps = 2) => ({
    location: "westeurope",
    sku: { tier: "Standard", family: "MeteredData" },
    properties: { expressRoutePort: { id: at.port(port) }, bandwidthInGbps },
  }),
};

/** Writes it and lets it settle; a refusal is thrown with its text. */
export async function make(
  api: Api,
  path: string,
  { who = "customer", body }: { who?: Who; body: unknown },
): Promise<Wire> {
  const answer = await api.call(who, "PUT", path, body);
  if (answer.status > 201) {
    throw new Error(`PUT ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
  await api.settle();
  return answer.body;
}

export async function makeGroup(api: Api): Promise<void> {
  await make(api, at.group, { body: { location: "westeurope" } });
}

/** A circuit that its provider has provisioned. */
export async function makeProvisioned(
  api: Api,
  name: string,
  body: unknown = good.circuit(),
): Promise<string> {
  await make(api, at.circuit(name), { body });
  const key = await serviceKeyOf(api, name);
  const { status, body: answer } = await provision(api, key, "Provisioned");
  if (status !== 200) throw new Error(JSON.stringify(answer));
  await api.settle();
  return key;
}

export async function serviceKeyOf(api: Api, name: string): Promise<string> {
  const { body } = await api.call("customer", "GET", at.circuit(name));
  return String(body["properties"]?.["serviceKey"]);
}

export async function provision(
  api: Api,
  serviceKey: string,
  state: string,
  more: object = {},
): Promise<Answered> {
  const type = "Microsoft.Network/expressRouteCrossConnections";
  const [row] = await api.store.list({ type, serviceKey });
  return api.call("provider", "PUT", row?.id ?? at.crossConnection(serviceKey), {
    properties: { serviceProviderProvisioningState: state, ...more },
  });
}

/** Codes and targets of a refusal, every detail of it. */
export function refusalsIn({ body }: Answered): readonly string[] {
  const error = body["error"];
  const details = error?.["details"] as unknown as readonly Wire[] | undefined;
  const all = details !== undefined && details.length > 0 ? details : [error];
  return all.map((one) => `${one?.["code"]} ${one?.["target"] ?? ""}`.trim());
}
