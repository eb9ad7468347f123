import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { smallInventory } from "../api/api-fixture.ts";
import { sealSecret } from "../base/secret.ts";
import type { Fragment } from "../fabric/intent.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { IntentExchange } from "./intent-exchange.ts";

const key = new Uint8Array(32).fill(3);

function open() {
  const folder = mkdtempSync(join(tmpdir(), "causeway-exchange-"));
  const store = openSqliteStore({ path: join(folder, "store.sqlite"), durable: false });
  return {
    folder,
    store,
    exchange: new IntentExchange({ store, sealKey: key, inventory: smallInventory }),
    async [Symbol.asyncDispose]() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const fragmentWith = (password: string): Fragment => ({
  kind: "vrf",
  key: "a",
  name: "c-a",
  interfaces: [],
  routes: [],
  frrText: `neighbor 10.0.0.1 password ${password}\n`,
});

test("a secret is sealed at rest and open when its node pulls it", async () => {
  await using place = open();
  const { store, exchange, folder } = place;
  const fragment = fragmentWith(sealSecret(key, "demoKey2026"));
  await store.transaction((writer) =>
    writer.replaceFragments("circuit:a", [{ node: "e1", fragment }]),
  );
  const change = await exchange.pull("e1", 0);
  expect(JSON.stringify(change)).toContain("password demoKey2026");
  for (const file of ["store.sqlite", "store.sqlite-wal"])
    expect(readFileSync(join(folder, file)).includes("demoKey2026")).toBe(false);
  expect(await exchange.pull("e1", 1)).toBeUndefined();
});

test("a report is stored before anyone hears of it, and one that nobody could take is rejected", async () => {
  await using place = open();
  const { store, exchange } = place;
  const heard: unknown[] = [];
  exchange.onReport(async ({ node }) => {
    heard.push(await store.readReport(node));
  });
  const report = { node: "e1", generation: 1, fragments: [] };
  await exchange.push(report);
  expect(heard).toEqual([report]);
  exchange.onReport(async () => {
    throw new Error("the store is full");
  });
  await expect(exchange.push(report)).rejects.toThrow("the store is full");
});

test("word of a newer intent wakes who waits, and whoever waits next", async () => {
  await using place = open();
  const { exchange } = place;
  const { signal } = new AbortController();
  const waiting = exchange.changed("e1", signal);
  exchange.announce([
    { node: "e1", generation: 1 },
    { node: "e2", generation: 1 },
  ]);
  await waiting;
  await exchange.changed("e2", signal);
  const ends = new AbortController();
  const again = exchange.changed("e2", ends.signal);
  ends.abort();
  await again;
});

test("word of an intent that the node has pulled already wakes nobody", async () => {
  await using place = open();
  const { store, exchange } = place;
  const write = (password: string) =>
    store.transaction((writer) =>
      writer.replaceFragments("circuit:a", [{ node: "e1", fragment: fragmentWith(password) }]),
    );
  const first = await write("one");
  await exchange.pull("e1", 0);
  let woken = 0;
  const ends = new AbortController();
  const waiting = exchange.changed("e1", ends.signal).then(() => {
    woken += 1;
  });
  exchange.announce(first);
  await Promise.resolve();
  expect(woken).toBe(0);
  exchange.announce(await write("two"));
  await waiting;
  expect(woken).toBe(1);
});
