/** The command line from outside: what it prints, what it refuses, and what it leaves. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Client } from "../../src/client/client.ts";
import { signedIn } from "../../src/main/commands/signed-in.ts";
import type { Principal } from "../../src/main/data-folder.ts";
import { DataFolder } from "../../src/main/data-folder.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { orderCircuit, prepareCloud } from "../../src/main/demo/order.ts";
import { causewayProgram } from "../../src/main/program.ts";
import {
  causeway,
  causewayAsNobody,
  causewayUntil,
  place,
  run,
  type Server,
  up,
} from "./cli-runs.ts";
import { variantNamed } from "./world-orders.ts";

const isRoot = process.getuid?.() === 0;
const simulated = ["--nodes", "simulated", "--listen", "127.0.0.1:0"] as const;

test("a server is started, asked, stopped with its data kept, adopted, and taken away", async () => {
  using here = place();
  const { data } = here;
  const names = await (async () => {
    await using server = await up(data);
    const status = await causeway("status", "--json", "--data", data);
    expect([status.code, JSON.parse(status.out)]).toEqual([
      0,
      expect.objectContaining({ endpoint: server.endpoint, circuits: [] }),
    ]);
    const ordered = await order(server);
    const text = await causeway("status", "--data", data);
    expect(text.out).toMatch(/exchange-l2-1 +Enabled +Provisioned/);
    const config = await causeway("router-config", "exchange-l2-1", "--data", data);
    expect(config.out).toContain("neighbor 192.168.100.2 remote-as 12076");
    const traffic = await causeway("traffic", "exchange-l2-1", "--data", data);
    expect(traffic.out).toMatch(/^link +direction +packets/);
    expect(traffic.out).toMatch(/secondary +out +\d+ +\d+ +0 +0/);
    const activity = ["activity", "--data", data, "--resource-group", "demo-exchange-l2"] as const;
    const told = await causeway(...activity);
    expect(told.out).toMatch(
      /customer +Microsoft.Network\/expressRouteCircuits\/write +Accepted 201/,
    );
    expect(told.out).toMatch(/ sku.tier: – → "\w+"/);
    const [newest] = JSON.parse((await causeway(...activity, "--json", "--limit", "1")).out);
    expect(newest).toMatchObject({ caller: "customer", status: { value: expect.any(String) } });
    const unknown = await causeway("router-config", "nothing", "--data", data);
    expect([unknown.code, unknown.err]).toEqual([
      2,
      "There is no circuit 'nothing'. Known: exchange-l2-1.\n",
    ]);
    const lost = await causeway("exec", "--data", data, "nowhere", "--", "true");
    expect([lost.code, lost.err]).toEqual([
      2,
      expect.stringMatching(/no node or virtual machine 'nowhere'\. Known: .*exchange-l2-vm-1/),
    ]);
    return ordered;
  })();
  const stopped = await causeway("status", "--data", data);
  expect([stopped.code, stopped.err]).toEqual([
    2,
    expect.stringMatching(/No server answers .*causeway up --data/),
  ]);
  expect((await causeway("stop", "--data", data)).out).toContain("No server is running");
  await using again = await up(data);
  expect((await (await clientOf(again)).get(names.circuit(0))).properties.provisioningState).toBe(
    "Succeeded",
  );
  const down = await causeway("down", "--purge", "--json", "--data", data);
  expect([down.code, JSON.parse(down.out)]).toEqual([
    0,
    { stopped: true, lab: expect.any(String), left: [] },
  ]);
  expect(readdirSync(here.path)).toEqual([]);
}, 120_000);

test("a data folder has one server; one that was killed leaves no lock and no acknowledged write", async () => {
  using here = place();
  const first = await up(here.data);
  const second = await causeway("up", ...simulated, "--data", here.data);
  expect([second.code, second.err]).toEqual([
    2,
    expect.stringMatching(/in use by process \d+ at http.*Stop it with 'causeway stop --data/),
  ]);
  const names = await order(first);
  process.kill(first.pid, "SIGKILL");
  await gone(first.pid);
  await using again = await up(here.data);
  expect((await (await clientOf(again)).get(names.circuit(0))).name).toBe("exchange-l2-1");
}, 120_000);

test("a server in the foreground stops when the program that was started is told to", async () => {
  using here = place();
  const ends = new AbortController();
  const running = causewayUntil(ends.signal, "up", ...simulated, "--data", here.data);
  const folder = new DataFolder(here.data);
  while ((await folder.readNote()) === undefined) await pause();
  ends.abort();
  const { code, out, err } = await running;
  expect([code, out]).toEqual([0, expect.stringContaining("Causeway answers at http")]);
  expect(err).toContain("the network goes on forwarding");
  expect(await folder.held()).toBe(false);
}, 60_000);

test("a port in use is refused with the remedy", async () => {
  using here = place();
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, "127.0.0.1", () => {
      const address = taken.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  const words = ["--nodes", "simulated", "--listen", `127.0.0.1:${port}`, "--data", here.data];
  const { code, err } = await causeway("up", ...words);
  taken.close();
  expect([code, err]).toEqual([
    2,
    expect.stringMatching(/Port \d+ on 127\.0\.0\.1 is in use.*--listen 127\.0\.0\.1:0/),
  ]);
  const detached = await causeway(
    "up",
    "--detach",
    ...words.slice(0, 3),
    "127.0.0.1:0",
    "--data",
    here.data,
  );
  expect(detached.code).toBe(0);
  await causeway("stop", "--data", here.data);
}, 60_000);

test("a fabric file that is wrong, or is not there, is refused where it breaks", async () => {
  using here = place();
  const file = join(here.path, "mine.yaml");
  const lab = readFileSync(new URL("../../fabrics/lab.yaml", import.meta.url), "utf8");
  writeFileSync(file, lab.replace("role: transit", "role: magic"));
  for (const words of [["--detach"], []]) {
    const wrong = await causeway(
      "up",
      ...simulated,
      "--data",
      here.data,
      "--fabric",
      file,
      ...words,
    );
    expect([wrong.code, wrong.err]).toEqual([
      2,
      expect.stringMatching(/has 1 fault:\n {2}\S+mine\.yaml:\d+:\d+: nodes\[0\]\.role: /),
    ]);
    const missing = join(here.path, "other.yaml");
    const lost = await causeway(
      "up",
      ...simulated,
      "--data",
      here.data,
      "--fabric",
      missing,
      ...words,
    );
    expect([lost.code, lost.err]).toEqual([2, expect.stringContaining("no fabric file at")]);
  }
  expect((await causeway("fabric", "validate", file)).code).toBe(1);
  const lost = await causeway("fabric", "validate", join(here.path, "other.yaml"));
  expect([lost.code, lost.err]).toEqual([2, expect.stringContaining("no fabric file at")]);
}, 60_000);

test("words that mean nothing are refused with what would", async () => {
  using here = place();
  const listen = (address: string) => causeway("up", "--listen", address, "--data", here.data);
  expect((await listen("nonsense")).err).toContain("write HOST:PORT");
  expect((await listen("nonsense")).code).toBe(2);
  for (const words of [["bogus"], ["up", "--bogus"], ["up", "--nodes", "paper"], ["exec"]]) {
    const { code, err } = await causeway(...words);
    expect([words, code, err]).toEqual([words, 2, expect.stringMatching(/error: /)]);
  }
  expect(existsSync(here.data)).toBe(false);
}, 60_000);

test("every command has help, and says what each of its options does", async () => {
  const { code, out } = await causeway("router-config", "--help");
  expect([code, out]).toEqual([0, expect.stringMatching(/^Usage: causeway router-config/)]);
  const all = [await causewayProgram()];
  for (const command of all) all.push(...command.commands);
  expect(all.length).toBeGreaterThan(10);
  for (const command of all) {
    expect(command.helpInformation()).toMatch(/^Usage: /);
    expect([command.name(), command.description()]).toEqual([
      command.name(),
      expect.stringMatching(/\.$/),
    ]);
    for (const { long, description } of command.options)
      expect([command.name(), long, description]).not.toEqual([command.name(), long, ""]);
  }
}, 60_000);

test("the demo prints one JSON object", async () => {
  const { code, out } = await causeway("demo", "--nodes", "simulated", "--json");
  const result = JSON.parse(out) as { variants: { name: string; pass: boolean }[] };
  expect([code, out.trim().split("\n").length]).toEqual([0, 1]);
  expect(result).toMatchObject({ nodes: "simulated", elapsedMs: expect.any(Number) });
  expect(result.variants.map(({ name, pass }) => [name, pass])).toEqual(
    ["exchange-l2", "exchange-l3", "ethernet", "ipvpn", "direct-dot1q", "direct-qinq"].map(
      (name) => [name, true],
    ),
  );
  expect(result.variants[0]).toEqual({
    name: "exchange-l2",
    pass: true,
    orderToFirstPacketMs: { primary: expect.any(Number), secondary: expect.any(Number) },
    tags: { primary: { outer: 1, inner: 100 }, secondary: { outer: 1, inner: 100 } },
    bgp: { primary: "Established", secondary: "Established" },
    ping: { ipv4LossPct: 0, ipv6LossPct: 0 },
    throughputMbps: { toCloud: null, toOnPremises: null },
    linkSharePct: { primary: expect.any(Number), secondary: expect.any(Number) },
    blackoutMs: { linkDown: expect.any(Number), silent: expect.any(Number) },
    leftovers: 0,
    failures: [],
    absent: expect.any(Array),
  });
}, 120_000);

test.skipIf(!isRoot)(
  "without root the demo says first that it is simulated, and why",
  async () => {
    const { code, out } = await causewayAsNobody("demo", "--only", "ethernet");
    expect(out.split("\n")[0]).toMatch(/^Simulated nodes, because this user is not root/);
    expect(code).toBe(0);
  },
  60_000,
);

test.skipIf(!isRoot)(
  "a data folder that cannot be written is refused with the remedy",
  async () => {
    using here = place();
    mkdirSync(here.data);
    const words = ["up", ...simulated, "--data", here.data];
    for (const more of [[], ["--detach"]]) {
      const { code, err } = await causewayAsNobody(...words, ...more);
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(
          /^The data folder \S+ cannot be used: this user may not write there\. .*--data/,
        ),
      ]);
    }
  },
  60_000,
);

const mounts = isRoot && (await canMount());

test.skipIf(!mounts)(
  "a full disk refuses writes, loses none that was acknowledged, and works again with room (needs root to mount)",
  async () => {
    using here = place();
    mkdirSync(here.data);
    const mount = (...options: string[]) =>
      run(["mount", "-t", "tmpfs", "-o", options.join(","), "tmpfs", here.data]);
    await mount("size=3m");
    try {
      const acknowledged: string[] = [];
      {
        await using server = await up(here.data);
        const client = await clientOf(server);
        const { subscriptionId } = (await signedIn(here.data, "customer")).principal;
        const tags = Object.fromEntries(
          Array.from({ length: 40 }, (_, index) => [`tag${index}`, "x".repeat(250)]),
        );
        let refusal: unknown;
        for (let index = 0; index < 400 && refusal === undefined; index += 1) {
          const id = `/subscriptions/${subscriptionId}/resourceGroups/full-${index}`;
          try {
            await client.put(id, { location: "westeurope", tags });
            acknowledged.push(id);
          } catch (error) {
            refusal = error;
          }
        }
        expect(refusal).toMatchObject({ status: 503, code: "StorageUnavailable" });
        expect(String(refusal)).toContain("make room");
        for (const id of acknowledged) expect((await client.get(id)).id).toBe(id);
        process.kill(server.pid, "SIGKILL");
        await gone(server.pid);
        await mount("remount", "size=64m");
      }
      await using again = await up(here.data);
      for (const id of acknowledged) expect((await (await clientOf(again)).get(id)).id).toBe(id);
      await (await clientOf(again)).put(`${acknowledged[0]}-more`, { location: "westeurope" });
    } finally {
      await causeway("stop", "--data", here.data);
      await run(["umount", here.data]);
    }
  },
  120_000,
);

async function canMount(): Promise<boolean> {
  using here = place();
  mkdirSync(here.data);
  const { code } = await run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", here.data]);
  if (code === 0) await run(["umount", here.data]);
  return code === 0;
}

async function order(server: Server): Promise<bodies.Names> {
  const variant = variantNamed("exchange-l2");
  const customer = await signedIn(server.data, "customer");
  const provider = await signedIn(server.data, "provider");
  const names = bodies.namesOf(variant, customer.principal.subscriptionId);
  const parties = {
    customer: customer.client,
    provider: provider.client,
    operator: await clientOf(server, "operator"),
    customerSubscription: customer.principal.subscriptionId,
    providerSubscription: provider.principal.subscriptionId,
  };
  await prepareCloud(parties, variant, names);
  const pending = await orderCircuit(parties, variant, { names, index: 0 });
  for (const operation of pending) await parties.operator.waitFor(operation);
  return names;
}

async function clientOf({ data }: Server, name: Principal["name"] = "customer"): Promise<Client> {
  return (await signedIn(data, name)).client;
}

/** The kernel frees the lock with the process, a moment after the signal. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
