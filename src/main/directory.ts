/**
 * The principals of the first start: their secrets in `credentials.json`, their hashes in the store.
 * The file leads, for whoever may write it owns the data folder: take it away, and the next start
 * gives the same principals new secrets.
 */
import {
  type Account,
  accountOfClient,
  listAccounts,
  makeAccount,
  putAccount,
} from "../api/sign-in/account.ts";
import { matchesSecret } from "../api/sign-in/secret-hash.ts";
import type { Clock } from "../base/clock.ts";
import type { Random } from "../base/random.ts";
import type { Store } from "../store/store.ts";
import type { DataFolder, KnownPrincipals, Principal } from "./data-folder.ts";

export type Directory = { readonly tenantId: string; readonly providerSubscriptionId: string };

const place = { kind: "directory", key: "self" } as const;
const names = ["operator", "customer", "provider"] as const;

export async function ensureDirectory(
  { folder, store }: { folder: DataFolder; store: Store },
  source: { random: Random; clock: Clock },
): Promise<Directory> {
  // The credentials file says where the server is, and that is not known before it listens.
  const { random } = source;
  const { tenantId, principals } = await folder.ensureCredentials("", random, await known(store));
  const changed: Account[] = [];
  for (const principal of principals) {
    const held = await accountOfClient(store, principal.clientId);
    if (held !== undefined && (await matchesSecret(principal.clientSecret, held.secretHash)))
      continue;
    const made = await makeAccount(accountFor(principal), source);
    changed.push({ ...made, objectId: held?.objectId ?? made.objectId });
  }
  await store.transaction(async (writer) => {
    await writer.putRecord({ ...place, body: { tenantId } });
    for (const account of changed) await putAccount(writer, account);
  });
  const provider = principals.find(({ name }) => name === "provider");
  return { tenantId, providerSubscriptionId: provider?.subscriptionId ?? "" };
}

function accountFor({ name, clientId, clientSecret, subscriptionId }: Principal) {
  const kind = "application" as const;
  return { name, role: name, kind, clientId, subscriptionId, secret: clientSecret };
}

/** Who was there when the file was lost. */
async function known(store: Store): Promise<KnownPrincipals | undefined> {
  const directory = await store.readRecord(place.kind, place.key);
  if (directory === undefined) return undefined;
  const accounts = await listAccounts(store);
  const principals = names.flatMap((name) => {
    const found = accounts.find((one) => one.name === name);
    return found === undefined
      ? []
      : [{ name, clientId: found.clientId, subscriptionId: found.subscriptionId }];
  });
  return { tenantId: String(directory["tenantId"]), principals };
}
