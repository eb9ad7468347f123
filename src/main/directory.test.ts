import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { accountNamed, listAccounts } from "../api/sign-in/account.ts";
import { matchesSecret } from "../api/sign-in/secret-hash.ts";
import { systemClock } from "../base/clock.ts";
import { seededRandom } from "../base/random.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { type Credentials, DataFolder } from "./data-folder.ts";
import { ensureDirectory } from "./directory.ts";

const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true });
});

function begin() {
  const path = mkdtempSync(join(tmpdir(), "causeway-directory-"));
  made.push(path);
  const folder = new DataFolder(path);
  const store = openSqliteStore({ path: folder.file("store.sqlite"), durable: false });
  const source = { random: seededRandom(1), clock: systemClock };
  return { folder, store, ensure: () => ensureDirectory({ folder, store }, source) };
}

async function secretsMatch({ store }: ReturnType<typeof begin>, credentials?: Credentials) {
  const matches = await Promise.all(
    (credentials?.principals ?? []).map(async ({ name, clientSecret }) =>
      matchesSecret(clientSecret, (await accountNamed(store, name))?.secretHash),
    ),
  );
  return matches.length === 3 && matches.every(Boolean);
}

test("the first start makes three principals, with hashes alone in the store; the next keeps them", async () => {
  const started = begin();
  const directory = await started.ensure();
  const credentials = await started.folder.readCredentials();
  expect(directory).toEqual({
    tenantId: credentials?.tenantId,
    providerSubscriptionId: credentials?.principals[2]?.subscriptionId,
  });
  expect(Object.keys(credentials ?? {})).toEqual(["endpoint", "tenantId", "principals"]);
  expect(Object.keys(credentials?.principals[0] ?? {}).sort()).toEqual([
    "clientId",
    "clientSecret",
    "name",
    "subscriptionId",
  ]);
  expect(await secretsMatch(started, credentials)).toBe(true);
  const accounts = await listAccounts(started.store);
  for (const { clientSecret } of credentials?.principals ?? [])
    expect(JSON.stringify(accounts)).not.toContain(clientSecret);
  await started.ensure();
  expect(await listAccounts(started.store)).toEqual(accounts);
  await started.store.close();
});

test("a lost credentials file gives the same principals new secrets", async () => {
  const started = begin();
  const directory = await started.ensure();
  const before = await started.folder.readCredentials();
  const objectIds = (await listAccounts(started.store)).map(({ objectId }) => objectId);
  rmSync(started.folder.file("credentials.json"));
  expect(await started.ensure()).toEqual(directory);
  const after = await started.folder.readCredentials();
  const withoutSecrets = (credentials?: Credentials) =>
    credentials?.principals.map(({ name, clientId, subscriptionId }) => [
      name,
      clientId,
      subscriptionId,
    ]);
  expect(withoutSecrets(after)).toEqual(withoutSecrets(before));
  expect(await secretsMatch(started, before)).toBe(false);
  expect(await secretsMatch(started, after)).toBe(true);
  expect((await listAccounts(started.store)).map(({ objectId }) => objectId)).toEqual(objectIds);
  await started.store.close();
});
