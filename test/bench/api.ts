import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/base/clock.ts";
import { clientCredentials } from "../../src/client/token-source.ts";
import { types } from "../../src/domain/types.ts";
import { signedIn } from "../../src/main/commands/signed-in.ts";
import { DataFolder } from "../../src/main/data-folder.ts";
import { setUpLoad } from "../../src/main/setup.ts";
import { openSqliteStore } from "../../src/store/sqlite.ts";
import type { StoredResource } from "../../src/store/store.ts";
import { type Bench, type Benchmark, temporaryFolder } from "./benchmark.ts";
import type { Figure } from "./figures.ts";
import { load } from "./load.ts";
import { type Program, startProgram } from "./program.ts";
import { statusKib } from "./scale.ts";

export const api: Benchmark = {
  name: "api",
  story:
    "The API of one server process over HTTPS with 10,000 circuits in its store, asked by wrk: single circuits, each in turn, over 8 kept connections; over one, circuits written with other tags and lists of a page of 1,000; and from the start of the process to its first answer. Nodes are simulated and have nothing to do. Of the answers' times 2,000 quantiles are the samples.",
  run,
};

const command = fileURLToPath(new URL("../../bin/causeway.mjs", import.meta.url));
const CONNECTIONS = 8;
const VERSION = "api-version=2025-05-01";

async function run(bench: Bench): Promise<Figure[]> {
  const { missing } = await setUpLoad(bench.say);
  if (missing.length > 0)
    throw new Error(`run \`apt-get install ${missing.join(" ")}\`, which asks`);
  const count = bench.number("circuits", 10_000);
  const seconds = bench.number("seconds", 10);
  const data = await temporaryFolder(bench);
  // The first start makes the principals and the store; the circuits are laid into it.
  const first = await start(bench, data);
  const group = await fill(data, first.server, count);
  const { server, startedMs } = await start(bench, data);
  const circuits = `${group}/providers/Microsoft.Network/expressRouteCircuits`;
  const each = Array.from(
    { length: count },
    (_, index) => `${circuits}/circuit-${(index * 7919) % count}?${VERSION}`,
  );
  const asked = { ...(await tokenOf(data)), folder: data, paths: each, seconds };
  const gets = await load({ ...asked, method: "GET", connections: CONNECTIONS });
  const body = JSON.stringify(circuitBody({ tags: { turn: "{turn}" } }));
  const puts = await load({ ...asked, method: "PUT", body, connections: 1 });
  const page = { paths: [`${circuits}?${VERSION}`], connections: 1 };
  const lists = await load({ ...asked, ...page, method: "GET" });
  const memory = ((await statusKib(server.pid, "VmHWM")) / 1024) * 1.048576;
  bench.say(`  ${gets.answers} gets, ${puts.answers} puts, ${lists.answers} lists`);
  return [
    { name: "GET of a circuit", unit: "ms", samples: gets.ms, target: { of: "p99", most: 10 } },
    { name: "GETs", unit: "1/s", samples: [gets.perSecond], target: { of: "min", least: 3_000 } },
    { name: "PUT accepted", unit: "ms", samples: puts.ms, target: { of: "p99", most: 25 } },
    { name: "list page of 1,000", unit: "ms", samples: lists.ms, target: { of: "p99", most: 50 } },
    {
      name: "start to first answer",
      unit: "s",
      samples: [startedMs / 1000],
      target: { of: "max", most: 3 },
    },
    {
      name: "server's resident set",
      unit: "MB",
      samples: [memory],
      target: { of: "max", most: 400 },
    },
  ];
}

async function start(bench: Bench, data: string): Promise<{ server: Program; startedMs: number }> {
  const before = systemClock.now();
  const words = ["up", "--data", data, "--listen", "127.0.0.1:0", "--json", "--nodes", "simulated"];
  const server = await startProgram(bench, [command, ...words]);
  // Its first line says that it answers.
  await server.firstLine;
  return { server, startedMs: systemClock.now() - before };
}

function circuitBody(changes: object = {}) {
  return {
    location: "westeurope",
    sku: { name: "Standard_MeteredData", tier: "Standard", family: "MeteredData" },
    properties: {
      serviceProviderProperties: {
        serviceProviderName: "Polder Exchange",
        peeringLocation: "Amsterdam",
        bandwidthInMbps: 50,
      },
    },
    ...changes,
  };
}

/** One circuit as the API made it, with its cross connection; then its rows again and again. Gives their group. */
async function fill(data: string, server: Program, count: number): Promise<string> {
  const { client, principal } = await signedIn(data, "customer");
  const group = `/subscriptions/${principal.subscriptionId}/resourceGroups/many`;
  await client.put(group, { location: "westeurope" });
  const first = `${group}/providers/Microsoft.Network/expressRouteCircuits/circuit-0`;
  await client.waitFor(await client.put(first, circuitBody()));
  await server.stop();
  const store = openSqliteStore({ path: new DataFolder(data).file("store.sqlite") });
  const circuit = await store.read(first);
  const key = String(circuit?.assigned["serviceKey"]);
  const [cross] = await store.list({ type: types.crossConnection, serviceKey: key });
  await store.transaction(async (writer) => {
    for (let index = 1; index < count; index += 1) {
      const other = randomUUID();
      const again = (row: StoredResource) =>
        JSON.parse(
          JSON.stringify(row).replaceAll("circuit-0", `circuit-${index}`).replaceAll(key, other),
        ) as StoredResource;
      for (const row of [circuit, cross])
        if (row !== undefined) await writer.putResource(again(row));
    }
  });
  await store.close();
  return group;
}

async function tokenOf(data: string): Promise<{ endpoint: string; token: string }> {
  const { credentials, principal } = await signedIn(data, "customer");
  const { endpoint, tenantId } = credentials;
  const { clientId, clientSecret } = principal;
  const token = await clientCredentials({ endpoint, tenantId, clientId, clientSecret })();
  return { endpoint, token };
}
