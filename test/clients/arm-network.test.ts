/** The published clients, unchanged, through every group of operations that circuits have to do with. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signedIn } from "../../src/main/commands/signed-in.ts";
import { type Server, up } from "../scenarios/cli-runs.ts";
import { type Answer, armNetwork, generations } from "./arm-network.ts";

const seconds = 1_000;
const location = "westeurope";
const peeringName = "AzurePrivatePeering";

const folder = mkdtempSync(join(tmpdir(), "causeway-sdk-"));
const data = join(folder, "data");
let server: Server | undefined;
beforeAll(async () => {
  server = await up(data);
}, 180 * seconds);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}, 180 * seconds);

const names = (rows: Answer[]) => rows.map((row) => row.name);

/** The status and code of a refusal. */
async function refusal(work: Promise<unknown>): Promise<[number, string]> {
  const error = await work.then(
    () => undefined,
    (reason: Answer) => reason,
  );
  return [error?.statusCode, error?.code];
}

describe.each(generations)("arm-network %i", (generation) => {
  const rg = `sdk-${generation}`;
  const customer = armNetwork(data, "customer", generation);
  const provider = armNetwork(data, "provider", generation);
  let group = "";

  beforeAll(async () => {
    const { client, principal } = await signedIn(data, "customer");
    group = `/subscriptions/${principal.subscriptionId}/resourceGroups/${rg}`;
    await client.put(group, { location });
  }, 180 * seconds);

  const id = (kind: string, name: string) => `${group}/providers/Microsoft.Network/${kind}/${name}`;

  async function circuit(name: string, offered = 0): Promise<Answer> {
    const offers = await customer("expressRouteServiceProviders", "listAll").catch(() =>
      customer("expressRouteServiceProviders", "list"),
    );
    const offer = offers[offered];
    return customer("expressRouteCircuits", "createOrUpdate", rg, name, {
      location,
      sku: { name: "Premium_MeteredData", tier: "Premium", family: "MeteredData" },
      serviceProviderProperties: {
        serviceProviderName: offer.name,
        peeringLocation: offer.peeringLocations[0],
        bandwidthInMbps: offer.bandwidthsOffered[0].valueInMbps,
      },
    });
  }

  /** The provider's step, as its own portal would take it. */
  async function provisioned(name: string, state = "Provisioned"): Promise<Answer> {
    const { serviceKey } = await customer("expressRouteCircuits", "get", rg, name);
    const all = await provider("expressRouteCrossConnections", "list");
    const row = all.find((one: Answer) => one.name === serviceKey);
    const place = String(row.id).split("/")[4];
    await provider("expressRouteCrossConnections", "createOrUpdate", place, serviceKey, {
      ...row,
      serviceProviderProvisioningState: state,
    });
    return { place, serviceKey };
  }

  async function peering(name: string, third: number): Promise<Answer> {
    return customer("expressRouteCircuitPeerings", "createOrUpdate", rg, name, peeringName, {
      peeringType: peeringName,
      peerASN: 65010,
      vlanId: 100,
      primaryPeerAddressPrefix: `192.168.${third}.0/30`,
      secondaryPeerAddressPrefix: `192.168.${third}.4/30`,
    });
  }

  /** Of the library that has it: what it is given at the end of each step is read as it has it published. */
  async function linkTest(name: string): Promise<void> {
    const group = "expressRouteCircuits";
    const words = ["Primary", "BgpDisconnect"] as const;
    await customer(group, "startCircuitLinkFailoverTest", rg, name, ...words);
    const [running] = await customer(group, "getCircuitLinkFailoverAllTestsDetails", rg, name);
    expect(running).toMatchObject({ status: "Running", linkType: "Primary" });
    expect(running.bgpStatus.map((row: Answer) => row.link)).toEqual(["Primary", "Secondary"]);
    const again = customer(group, "startCircuitLinkFailoverTest", rg, name, ...words);
    expect((await refusal(again))[0]).toBe(409);
    const stopParameters = { linkType: "Primary", wasSimulationSuccessful: true };
    await customer(group, "stopCircuitLinkFailoverTest", rg, name, { stopParameters });
    const single = "getCircuitLinkFailoverSingleTestDetails";
    const [done] = await customer(group, single, rg, name, ...words, running.testGuid);
    expect(done).toMatchObject({ status: "Completed", wasSimulationSuccessful: true });
    expect(done.redundantRoutes.beforeSimulation.length).toBeGreaterThan(0);
  }

  /** Everything of a circuit, in the order in which it can go. */
  async function takenAway(name: string): Promise<void> {
    await customer("expressRouteCircuitPeerings", "delete", rg, name, peeringName);
    await provisioned(name, "NotProvisioned");
    await customer("expressRouteCircuits", "delete", rg, name);
  }

  test(
    "a circuit from its order to its tables, and back to nothing",
    async () => {
      const made = await circuit("blue");
      expect(made).toMatchObject({ name: "blue", circuitProvisioningState: "Enabled" });
      expect(made.serviceKey).toMatch(/^[0-9a-f-]{36}$/);
      expect(await customer("expressRouteCircuits", "get", rg, "blue")).toMatchObject({
        serviceKey: made.serviceKey,
      });
      expect(names(await customer("expressRouteCircuits", "list", rg))).toEqual(["blue"]);
      expect(names(await customer("expressRouteCircuits", "listAll"))).toContain("blue");
      await customer("expressRouteCircuits", "updateTags", rg, "blue", { tags: { site: "one" } });

      const { place, serviceKey } = await provisioned("blue");
      expect(
        names(await provider("expressRouteCrossConnections", "listByResourceGroup", place)),
      ).toContain(serviceKey);
      expect(
        await provider("expressRouteCrossConnections", "get", place, serviceKey),
      ).toMatchObject({
        serviceProviderProvisioningState: "Provisioned",
      });
      expect(await peering("blue", 10)).toMatchObject({
        peerASN: 65010,
        azureASN: 12076,
        vlanId: 100,
      });
      expect(names(await customer("expressRouteCircuitPeerings", "list", rg, "blue"))).toEqual([
        peeringName,
      ]);
      expect(
        names(await provider("expressRouteCrossConnectionPeerings", "list", place, serviceKey)),
      ).toEqual([peeringName]);
      expect(
        await provider(
          "expressRouteCrossConnectionPeerings",
          "get",
          place,
          serviceKey,
          peeringName,
        ),
      ).toMatchObject({ peerASN: 65010 });

      for (const path of ["primary", "secondary"]) {
        const where = [rg, "blue", peeringName, path];
        const arp = await customer("expressRouteCircuits", "listArpTable", ...where);
        expect(arp.value.map((row: Answer) => row.interface)).toContain("Microsoft");
        const summary = await customer("expressRouteCircuits", "listRoutesTableSummary", ...where);
        expect(summary.value[0]).toMatchObject({ as: 65010, v: 4 });
        const routes = await customer("expressRouteCircuits", "listRoutesTable", ...where);
        expect(Array.isArray(routes.value)).toBe(true);
        const theirs = [place, serviceKey, peeringName, path];
        const told = await provider(
          "expressRouteCrossConnections",
          "listRoutesTableSummary",
          ...theirs,
        );
        expect(told.value[0]).toMatchObject({ asn: 65010 });
        expect(
          (await provider("expressRouteCrossConnections", "listArpTable", ...theirs)).value.length,
        ).toBeGreaterThan(0);
        expect(
          (await provider("expressRouteCrossConnections", "listRoutesTable", ...theirs)).value,
        ).toBeDefined();
      }
      const stats = await customer("expressRouteCircuits", "getStats", rg, "blue");
      expect(typeof stats.primarybytesIn).toBe("number");
      const peeringStats = await customer(
        "expressRouteCircuits",
        "getPeeringStats",
        rg,
        "blue",
        peeringName,
      );
      expect(typeof peeringStats.secondarybytesOut).toBe("number");

      await takenAway("blue");
      expect(await refusal(customer("expressRouteCircuits", "get", rg, "blue"))).toEqual([
        404,
        "ResourceNotFound",
      ]);
    },
    600 * seconds,
  );

  test(
    "authorizations, a virtual network, its gateway and a connection",
    async () => {
      await circuit("green");
      await provisioned("green");
      await peering("green", 20);
      const key = await customer(
        "expressRouteCircuitAuthorizations",
        "createOrUpdate",
        rg,
        "green",
        "guest",
        {},
      );
      expect(key).toMatchObject({ authorizationUseStatus: "Available" });
      expect(
        names(await customer("expressRouteCircuitAuthorizations", "list", rg, "green")),
      ).toEqual(["guest"]);
      if (generation === 39) {
        const keys = await customer(
          "expressRouteCircuitAuthorizations",
          "listKeys",
          rg,
          "green",
          "guest",
        );
        expect(JSON.stringify(keys)).toContain(key.authorizationKey ?? "authorizationKey");
      }
      await customer("expressRouteCircuitAuthorizations", "delete", rg, "green", "guest");

      await customer("virtualNetworks", "createOrUpdate", rg, "vnet", {
        location,
        addressSpace: { addressPrefixes: [`10.${generation}.0.0/16`] },
        subnets: [{ name: "GatewaySubnet", addressPrefix: `10.${generation}.255.0/27` }],
      });
      expect(names(await customer("subnets", "list", rg, "vnet"))).toEqual(["GatewaySubnet"]);
      await customer("subnets", "createOrUpdate", rg, "vnet", "apps", {
        addressPrefix: `10.${generation}.1.0/24`,
      });
      expect(await customer("subnets", "get", rg, "vnet", "apps")).toMatchObject({ name: "apps" });
      await customer("publicIPAddresses", "createOrUpdate", rg, "pip", {
        location,
        sku: { name: "Standard" },
        publicIPAllocationMethod: "Static",
      });
      await customer("virtualNetworkGateways", "createOrUpdate", rg, "gw", {
        location,
        gatewayType: "ExpressRoute",
        sku: { name: "ErGw1AZ", tier: "ErGw1AZ" },
        ipConfigurations: [
          {
            name: "default",
            subnet: { id: `${id("virtualNetworks", "vnet")}/subnets/GatewaySubnet` },
            publicIPAddress: { id: id("publicIPAddresses", "pip") },
          },
        ],
      });
      const connection = await customer(
        "virtualNetworkGatewayConnections",
        "createOrUpdate",
        rg,
        "link",
        {
          location,
          connectionType: "ExpressRoute",
          virtualNetworkGateway1: { id: id("virtualNetworkGateways", "gw") },
          peer: { id: id("expressRouteCircuits", "green") },
          routingWeight: 10,
        },
      );
      expect(connection).toMatchObject({ routingWeight: 10, connectionType: "ExpressRoute" });
      expect(names(await customer("virtualNetworkGateways", "listConnections", rg, "gw"))).toEqual([
        "link",
      ]);
      const peers = await customer("virtualNetworkGateways", "getBgpPeerStatus", rg, "gw");
      expect(peers.value).toHaveLength(4);
      expect(peers.value[0]).toMatchObject({ asn: 12076 });
      const learned = await customer("virtualNetworkGateways", "getLearnedRoutes", rg, "gw");
      expect(learned.value.length).toBeGreaterThan(0);
      const told = await customer(
        "virtualNetworkGateways",
        "getAdvertisedRoutes",
        rg,
        "gw",
        peers.value[0].neighbor,
      );
      expect(told.value.map((row: Answer) => row.network)).toContain(`10.${generation}.0.0/16`);
      expect(await refusal(customer("virtualNetworkGateways", "delete", rg, "gw"))).toEqual([
        409,
        "ConflictError",
      ]);
      // Its one location is the last.
      const [{ peeringLocations }] = await customer(
        "expressRouteServiceProviders",
        "listAll",
      ).catch(() => customer("expressRouteServiceProviders", "list"));
      const site = ["virtualNetworkGateways", "startExpressRouteSiteFailoverSimulation"] as const;
      expect((await refusal(customer(...site, rg, "gw", peeringLocations[0])))[0]).toBe(409);
      if (generation === 39) await linkTest("green");

      await customer("virtualNetworkGatewayConnections", "delete", rg, "link");
      await customer("virtualNetworkGateways", "delete", rg, "gw");
      await customer("publicIPAddresses", "delete", rg, "pip");
      await customer("virtualNetworks", "delete", rg, "vnet");
      expect(await customer("virtualNetworks", "list", rg)).toEqual([]);
      await takenAway("green");
    },
    600 * seconds,
  );

  test(
    "ports, their links, their letter and their authorizations",
    async () => {
      const [place] = await customer("expressRoutePortsLocations", "list");
      const { availableBandwidths } = await customer(
        "expressRoutePortsLocations",
        "get",
        place.name,
      );
      const made = await customer("expressRoutePorts", "createOrUpdate", rg, "port", {
        location,
        peeringLocation: place.name,
        bandwidthInGbps: availableBandwidths[0].valueInGbps,
        encapsulation: "QinQ",
      });
      expect(made.links).toHaveLength(2);
      expect(names(await customer("expressRouteLinks", "list", rg, "port"))).toEqual([
        "link1",
        "link2",
      ]);
      expect(await customer("expressRouteLinks", "get", rg, "port", "link1")).toMatchObject({
        name: "link1",
      });
      const letter = await customer("expressRoutePorts", "generateLOA", rg, "port", {
        customerName: "Contoso",
      });
      expect(Buffer.from(letter.encodedContent, "base64").subarray(0, 5).toString()).toBe("%PDF-");
      await customer("expressRoutePortAuthorizations", "createOrUpdate", rg, "port", "guest", {});
      expect(names(await customer("expressRoutePortAuthorizations", "list", rg, "port"))).toEqual([
        "guest",
      ]);
      await customer("expressRoutePortAuthorizations", "delete", rg, "port", "guest");
      expect(names(await customer("expressRoutePorts", "listByResourceGroup", rg))).toEqual([
        "port",
      ]);
      await customer("expressRoutePorts", "delete", rg, "port");
      expect(await customer("expressRoutePorts", "listByResourceGroup", rg)).toEqual([]);
      const [pair] = await armNetwork(
        data,
        "provider",
        generation,
      )("expressRouteProviderPortsLocation", "list").then(
        (answer: Answer) => answer.value ?? answer,
      );
      expect(pair.portPairDescriptor).toBeTruthy();
    },
    600 * seconds,
  );

  test(
    "two circuits are joined, and the other one sees it",
    async () => {
      for (const [name, third] of [
        ["east", 30],
        ["west", 40],
      ] as const) {
        await circuit(name, name === "east" ? 0 : 1);
        await provisioned(name);
        await peering(name, third);
      }
      const end = (name: string) => ({
        id: `${id("expressRouteCircuits", name)}/peerings/${peeringName}`,
      });
      const joined = await customer(
        "expressRouteCircuitConnections",
        "createOrUpdate",
        rg,
        "east",
        peeringName,
        "to-west",
        {
          expressRouteCircuitPeering: end("east"),
          peerExpressRouteCircuitPeering: end("west"),
          addressPrefix: "172.16.0.0/29",
        },
      );
      expect(joined).toMatchObject({ addressPrefix: "172.16.0.0/29" });
      const join = () =>
        customer("expressRouteCircuitConnections", "get", rg, "east", peeringName, "to-west");
      await expect
        .poll(join, { timeout: 20 * seconds })
        .toMatchObject({ circuitConnectionStatus: "Connected" });
      expect(
        names(await customer("expressRouteCircuitConnections", "list", rg, "east", peeringName)),
      ).toEqual(["to-west"]);
      const seen = await customer(
        "peerExpressRouteCircuitConnections",
        "list",
        rg,
        "west",
        peeringName,
      );
      expect(seen).toHaveLength(1);
      await customer(
        "expressRouteCircuitConnections",
        "delete",
        rg,
        "east",
        peeringName,
        "to-west",
      );
      for (const name of ["east", "west"]) await takenAway(name);
    },
    600 * seconds,
  );

  test(
    "route filters, their rule and the communities",
    async () => {
      await customer("routeFilters", "createOrUpdate", rg, "filter", { location });
      await customer("routeFilterRules", "createOrUpdate", rg, "filter", "allow", {
        access: "Allow",
        routeFilterRuleType: "Community",
        communities: ["12076:5010"],
      });
      expect(await customer("routeFilterRules", "get", rg, "filter", "allow")).toMatchObject({
        access: "Allow",
      });
      expect(names(await customer("routeFilters", "listByResourceGroup", rg))).toEqual(["filter"]);
      expect(Array.isArray(await customer("bgpServiceCommunities", "list"))).toBe(true);
      await customer("routeFilters", "delete", rg, "filter");
    },
    180 * seconds,
  );

  test(
    "a list goes on over pages until its end",
    async () => {
      // A page has a thousand.
      const all = Array.from(
        { length: 1_001 },
        (_, index) => `many-${String(index).padStart(4, "0")}`,
      );
      const { client } = await signedIn(data, "customer");
      // Not all at once: a client opens a connection for each, and a thousand handshakes outlast its patience.
      for (let at = 0; at < all.length; at += 50) {
        const some = all.slice(at, at + 50);
        await Promise.all(some.map((name) => client.put(id("routeFilters", name), { location })));
      }
      expect(names(await customer("routeFilters", "listByResourceGroup", rg))).toEqual(all);
    },
    600 * seconds,
  );

  test(
    "a refusal carries its code and every reason",
    async () => {
      const work = customer("expressRouteCircuits", "createOrUpdate", rg, "bad", {
        location: "nowhere",
        sku: { name: "x", tier: "Premium", family: "MeteredData" },
        serviceProviderProperties: {
          serviceProviderName: "none",
          peeringLocation: "none",
          bandwidthInMbps: 7,
        },
      });
      const error = await work.then(
        () => undefined,
        (reason: Answer) => reason,
      );
      expect(error).toMatchObject({ statusCode: 400 });
      // The older generation keeps the parsed body, the newer one the code, the message and the status.
      if (generation === 36) expect(error.details.error.details.length).toBeGreaterThan(1);
      expect(error.message).toContain("3 reasons");
    },
    180 * seconds,
  );
});
