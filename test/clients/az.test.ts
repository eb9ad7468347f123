/** The installed az, unchanged, against a server with simulated nodes: what a customer's day begins with. */
// Of the operations in docs/coverage.md it
// uses: GET //Microsoft.Network/expressRouteServiceProviders
// uses: PUT …/Microsoft.Network/expressRouteCircuits/{}
// uses: GET …/Microsoft.Network/expressRouteCircuits/{}
// uses: GET //Microsoft.Network/expressRouteCircuits
// uses: DELETE …/Microsoft.Network/expressRouteCircuits/{}
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { azCommand } from "../../src/main/az.ts";
import { causeway, type Server, up } from "../scenarios/cli-runs.ts";

const installed = (await azCommand()) !== undefined;
const why = installed ? "" : " (skipped: az is not installed; apt-get install azure-cli)";
const seconds = 1_000;

const folder = mkdtempSync(join(tmpdir(), "causeway-az-"));
const data = join(folder, "data");
let server: Server | undefined;
beforeAll(async () => {
  if (installed) server = await up(data);
}, 60 * seconds);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}, 60 * seconds);

/** Its answer in JSON; a refusal is thrown with its words. */
async function az(words: readonly string[], as = "customer"): Promise<unknown> {
  const { code, out, err } = await causeway("az", "--data", data, "--as", as, ...words);
  if (code !== 0) throw new Error(`az ${words.join(" ")} ended with ${code}: ${err}`);
  return out.trim() === "" ? undefined : JSON.parse(out);
}

test.skipIf(!installed)(
  `az signs in by the client's secret and sees its subscription${why}`,
  async () => {
    expect(await az(["account", "show"])).toMatchObject({
      environmentName: "Causeway",
      state: "Enabled",
      user: { type: "servicePrincipal" },
    });
    expect(await az(["account", "list-locations", "--query", "[].name"])).toContain("westeurope");
    const token = (await az(["account", "get-access-token"])) as { accessToken: string };
    expect(token.accessToken.split(".")).toHaveLength(3);
    const namespace = ["provider", "show", "-n", "Microsoft.Network"];
    expect(await az(namespace)).toMatchObject({ registrationState: "Registered" });
  },
  120 * seconds,
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
  240 * seconds,
);

test.skipIf(!installed)(
  `az keeps the profiles of two principals apart, and leaves no secret in the log${why}`,
  async () => {
    const subscription = async (as: string) =>
      ((await az(["account", "show"], as)) as { id: string }).id;
    expect(await subscription("provider")).not.toBe(await subscription("customer"));
    const credentials = readFileSync(join(data, "credentials.json"), "utf8");
    const { principals } = JSON.parse(credentials) as { principals: { clientSecret: string }[] };
    const log = readFileSync(join(data, "server.log"), "utf8");
    for (const { clientSecret } of principals) expect(log).not.toContain(clientSecret);
  },
  120 * seconds,
);
