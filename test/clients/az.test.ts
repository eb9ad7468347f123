/** The installed az, unchanged, against a server with simulated nodes: what a customer's day begins with. */
// Of the operations in docs/coverage.md it
// uses: GET //Microsoft.Network/expressRouteServiceProviders
// uses: PUT …/Microsoft.Network/expressRouteCircuits/{}
// uses: GET …/Microsoft.Network/expressRouteCircuits/{}
// uses: GET //Microsoft.Network/expressRouteCircuits
// uses: DELETE …/Microsoft.Network/expressRouteCircuits/{}
// uses: PUT …/Microsoft.Network/expressRouteCircuits/{}/peerings/{}
// uses: PUT …/Microsoft.Network/expressRouteCrossConnections/{}
// uses: PUT …/Microsoft.Network/virtualNetworks/{}
// uses: PUT …/Microsoft.Network/virtualNetworkGateways/{}
// uses: POST …/Microsoft.Network/virtualNetworkGateways/{}/getBgpPeerStatus
// uses: PUT …/Microsoft.Network/connections/{}
// uses: DELETE …/Microsoft.Network/connections/{}
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { azCommand } from "../../src/main/az.ts";
import { causeway, type Server, up } from "../scenarios/cli-runs.ts";
import { type AzShell, shellAs } from "./az-shell.ts";

const installed = (await azCommand()) !== undefined;
const why = installed ? "" : " (skipped: az is not installed; apt-get install azure-cli)";
const seconds = 1_000;

const folder = mkdtempSync(join(tmpdir(), "causeway-az-"));
const data = join(folder, "data");
let server: Server | undefined;
const shells = new Map<string, Promise<AzShell>>();
beforeAll(async () => {
  if (installed) server = await up(data);
}, 180 * seconds);
afterAll(async () => {
  for (const shell of shells.values()) await (await shell)[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}, 180 * seconds);

/** Its answer in JSON; a refusal is thrown with its words. */
async function az(words: readonly string[], as: "customer" | "provider" = "customer") {
  const shell = shells.get(as) ?? shellAs(data, as);
  shells.set(as, shell);
  return (await shell).az(...words);
}

/** As a user starts it, each time anew. */
async function causewayAz(words: readonly string[], as = "customer"): Promise<unknown> {
  const { code, out, err } = await causeway("az", "--data", data, "--as", as, ...words);
  if (code !== 0) throw new Error(`az ${words.join(" ")} ended with ${code}: ${err}`);
  return out.trim() === "" ? undefined : JSON.parse(out);
}

test.skipIf(!installed)(
  `az signs in by the client's secret and sees its subscription${why}`,
  async () => {
    expect(await causewayAz(["account", "show"])).toMatchObject({
      environmentName: "Causeway",
      state: "Enabled",
      user: { type: "servicePrincipal" },
    });
    expect(await causewayAz(["account", "list-locations", "--query", "[].name"])).toContain(
      "westeurope",
    );
    const token = (await causewayAz(["account", "get-access-token"])) as { accessToken: string };
    expect(token.accessToken.split(".")).toHaveLength(3);
    const namespace = ["provider", "show", "-n", "Microsoft.Network"];
    expect(await causewayAz(namespace)).toMatchObject({ registrationState: "Registered" });
  },
  600 * seconds,
);

test.skipIf(!installed)(
  `az orders a circuit, shows, changes and deletes it${why}`,
  async () => {
    const offers = ["network", "express-route", "list-service-providers"];
    const [provider] = (await az(offers)) as {
      name: string;
      peeringLocations: string[];
    }[];
    await az(["group", "create", "-n", "rg", "-l", "westeurope"]);
    const circuit = (verb: string, ...more: string[]) =>
      az(["network", "express-route", verb, "-g", "rg", "-n", "blue", ...more]);
    const created = await circuit(
      "create",
      ...["--provider", provider?.name ?? "", "--bandwidth", "200 Mbps"],
      ...["--peering-location", provider?.peeringLocations[0] ?? ""],
      ...["--sku-tier", "Standard", "--sku-family", "MeteredData"],
    );
    expect(created).toMatchObject({
      name: "blue",
      provisioningState: "Succeeded",
      serviceKey: expect.stringMatching(/^[0-9a-f-]{36}$/),
      serviceProviderProvisioningState: "NotProvisioned",
    });
    expect(await circuit("show")).toMatchObject({ name: "blue", resourceGroup: "rg" });
    expect(await circuit("update", "--set", "tags.team=net")).toMatchObject({
      tags: { team: "net" },
      serviceProviderProperties: { bandwidthInMbps: 200 },
    });
    expect(await az(["network", "express-route", "list"])).toHaveLength(1);
    await circuit("delete");
    await expect(circuit("show")).rejects.toThrow(/ended with 3: .*ResourceNotFound/s);
    await az(["group", "delete", "-n", "rg", "--yes"]);
    expect(await az(["group", "exists", "-n", "rg"])).toBe(false);
  },
  600 * seconds,
);

test.skipIf(!installed)(
  `az joins a network to a circuit, reads the gateway's sessions, and runs a template${why}`,
  async () => {
    await az(["group", "create", "-n", "joined", "-l", "westeurope"]);
    const here = ["-g", "joined"];
    const route = ["network", "express-route"];
    const { id, serviceKey } = (await az([
      ...[...route, "create", ...here, "-n", "green", "--bandwidth", "50"],
      ...["--provider", "Polder Exchange", "--peering-location", "Amsterdam"],
    ])) as { id: string; serviceKey: string };
    await az(provision(serviceKey, "Provisioned"), "provider");
    await az([
      ...[...route, "peering", "create", ...here, "--circuit-name", "green"],
      ...["--peering-type", "AzurePrivatePeering", "--peer-asn", "65010", "--vlan-id", "100"],
      ...["--primary-peer-subnet", "192.168.10.0/30", "--secondary-peer-subnet", "192.168.10.4/30"],
    ]);
    const template = join(folder, "template.json");
    writeFileSync(template, networkTemplate);
    const deployed = await az([
      ...["deployment", "group", "create", ...here, "-n", "network", "--template-file", template],
      ...["--parameters", "space=10.1"],
    ]);
    expect(deployed).toMatchObject({
      properties: { provisioningState: "Succeeded", outputs: { gateway: { value: "Succeeded" } } },
    });
    await az([
      ...["network", "vpn-connection", "create", ...here, "-n", "link", "--vnet-gateway1", "gw"],
      ...["--express-route-circuit2", id],
    ]);
    const sessions = await az([
      "network",
      "vnet-gateway",
      "list-bgp-peer-status",
      ...here,
      "-n",
      "gw",
    ]);
    expect(sessions).toMatchObject({ value: [{ asn: 12076 }, {}, {}, {}] });
    await az(["network", "vpn-connection", "delete", ...here, "-n", "link"]);
    await az(provision(serviceKey, "NotProvisioned"), "provider");
    await az(["group", "delete", "-n", "joined", "--yes"]);
    expect(await az(["group", "exists", "-n", "joined"])).toBe(false);
  },
  600 * seconds,
);

/** The provider's step has no command of its own. */
function provision(serviceKey: string, serviceProviderProvisioningState: string): string[] {
  const place =
    "/subscriptions/{subscriptionId}/resourceGroups/CrossConnection-Amsterdam/providers/Microsoft.Network/expressRouteCrossConnections";
  return [
    ...["rest", "--method", "put", "--url", `${place}/${serviceKey}?api-version=2024-10-01`],
    ...["--body", JSON.stringify({ properties: { serviceProviderProvisioningState } })],
  ];
}

/** With comments, as people write them; az sends the text as it stands. */
const networkTemplate = `{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "space": { "type": "string" } },
  "resources": [
    {
      "type": "Microsoft.Network/virtualNetworks",
      "apiVersion": "2022-01-01",
      "name": "vnet",
      "location": "[resourceGroup().location]",
      "properties": {
        "addressSpace": { "addressPrefixes": ["[format('{0}.0.0/16', parameters('space'))]"] },
        "subnets": [
          { "name": "GatewaySubnet", "properties": { "addressPrefix": "[format('{0}.255.0/27', parameters('space'))]" } }
        ]
      }
    },
    {
      // after its network
      "type": "Microsoft.Network/virtualNetworkGateways",
      "apiVersion": "2022-01-01",
      "name": "gw",
      "location": "[resourceGroup().location]",
      "dependsOn": ["vnet"],
      "properties": {
        "gatewayType": "ExpressRoute",
        "sku": { "name": "ErGw1AZ", "tier": "ErGw1AZ" },
        "ipConfigurations": [
          {
            "name": "default",
            "properties": {
              "subnet": { "id": "[resourceId('Microsoft.Network/virtualNetworks/subnets', 'vnet', 'GatewaySubnet')]" }
            }
          }
        ]
      }
    }
  ],
  "outputs": { "gateway": { "type": "string", "value": "[reference('gw').provisioningState]" } }
}`;

test.skipIf(!installed)(
  `az keeps the profiles of two principals apart, and leaves no secret in the log${why}`,
  async () => {
    const subscription = async (as: string) =>
      ((await causewayAz(["account", "show"], as)) as { id: string }).id;
    expect(await subscription("provider")).not.toBe(await subscription("customer"));
    const credentials = readFileSync(join(data, "credentials.json"), "utf8");
    const { principals } = JSON.parse(credentials) as { principals: { clientSecret: string }[] };
    const log = readFileSync(join(data, "server.log"), "utf8");
    for (const { clientSecret } of principals) expect(log).not.toContain(clientSecret);
  },
  600 * seconds,
);
