/** Who may sign in: applications by a secret or a signed assertion, users by a password. */
import { type Clock, isoTime } from "../../base/clock.ts";
import { type Random, uuid } from "../../base/random.ts";
import { defined } from "../../domain/fields.ts";
import type { Role } from "../../domain/resource.ts";
import type { JsonObject, RecordReader, StoreWriter } from "../../store/store.ts";
import { hashSecret } from "./secret-hash.ts";

export type Account = {
  /** `oid` of its tokens. */
  readonly objectId: string;
  /** Unique, compared without case; a user's is its user name. */
  readonly name: string;
  readonly kind: "application" | "user";
  readonly role: Role;
  /** The subscription that customers and providers are bound to, and that an operator starts from. */
  readonly subscriptionId: string;
  /** The one provider that a provider's account stands for; absent: all of the fabric. */
  readonly providerName?: string;
  /** `appid` of an application's tokens; a user's is that of the client it signs in with. */
  readonly clientId: string;
  readonly secretHash?: string;
  /** JWK of the key that signs an application's assertions (RFC 7523). */
  readonly publicKey?: JsonObject;
  /** Whose assertions stand for the application: a trusted issuer's about this subject. */
  readonly federated?: { readonly issuer: string; readonly subject: string };
  /** Refresh tokens from before are void. */
  readonly changedAt: string;
};

export type NewAccount = Pick<
  Account,
  "name" | "kind" | "role" | "subscriptionId" | "providerName" | "publicKey" | "federated"
> & {
  readonly clientId?: string;
  readonly secret?: string;
  /** Cost of the secret's hash; the standing one where it is absent. */
  readonly cost?: number;
};

const kind = "account";

export async function makeAccount(
  { secret, cost, ...account }: NewAccount,
  { random, clock }: { random: Random; clock: Clock },
): Promise<Account> {
  return {
    clientId: uuid(random),
    ...account,
    objectId: uuid(random),
    ...(secret === undefined ? {} : { secretHash: await hashSecret(secret, cost) }),
    changedAt: isoTime(clock),
  };
}

export async function readAccount(
  store: RecordReader,
  objectId: string,
): Promise<Account | undefined> {
  // The body is what `putAccount` wrote.
  return (await store.readRecord(kind, objectId)) as Account | undefined;
}

export async function listAccounts(store: RecordReader): Promise<readonly Account[]> {
  return (await store.listRecords(kind)).map(({ body }) => body as Account);
}

export async function accountNamed(
  store: RecordReader,
  name: string,
): Promise<Account | undefined> {
  const wanted = name.toLowerCase();
  return (await listAccounts(store)).find((one) => one.name.toLowerCase() === wanted);
}

export async function accountOfClient(
  store: RecordReader,
  clientId: string,
): Promise<Account | undefined> {
  const wanted = clientId.toLowerCase();
  return (await listAccounts(store)).find(
    (one) => one.kind === "application" && one.clientId.toLowerCase() === wanted,
  );
}

export async function putAccount(writer: StoreWriter, account: Account): Promise<void> {
  await writer.putRecord({ kind, key: account.objectId, body: defined(account) });
}

export async function removeAccount(writer: StoreWriter, { objectId }: Account): Promise<void> {
  await writer.removeRecord(kind, objectId);
}
