/** `/causeway/accounts`: operators give others access. A secret is shown once, where it is made. */
import { createPublicKey } from "node:crypto";
import { z } from "zod";
import { uuid } from "../../base/random.ts";
import { ArmError, conflict, notFound, refuse } from "../../domain/errors.ts";
import { defined } from "../../domain/fields.ts";
import type { JsonObject } from "../../store/store.ts";
import type { Call, Reply } from "../context.ts";
import { isDryRun } from "../dry-run.ts";
import { methodNotAllowed } from "../path.ts";
import {
  type Account,
  accountNamed,
  listAccounts,
  makeAccount,
  putAccount,
  removeAccount,
} from "./account.ts";

/** Those of `credentials.json`, which leads for them. */
const standing = ["operator", "customer", "provider"];

const body = z.strictObject({
  role: z.enum(["operator", "customer", "provider"]),
  kind: z.enum(["application", "user"]).default("application"),
  subscriptionId: z.guid().optional(),
  providerName: z.string().optional(),
  publicKey: z.record(z.string(), z.json()).optional(),
  federated: z.strictObject({ issuer: z.url(), subject: z.string().min(1) }).optional(),
});

export async function accountsReply(call: Call, name: string | undefined): Promise<Reply> {
  if (name === undefined) {
    if (call.method !== "GET") throw methodNotAllowed(call.method, ["GET"]);
    const accounts = await listAccounts(call.deps.store);
    return { status: 200, body: { value: accounts.map(shown) } };
  }
  const held = await accountNamed(call.deps.store, name);
  if (call.method === "PUT") return writeAccount(call, name, held);
  if (call.method !== "GET" && call.method !== "DELETE") {
    throw methodNotAllowed(call.method, ["GET", "PUT", "DELETE"]);
  }
  if (held === undefined) {
    if (call.method === "DELETE") return { status: 204 };
    throw notFound("ResourceNotFound", `There is no account '${name.slice(0, 100)}'.`);
  }
  if (call.method === "GET") return { status: 200, body: shown(held) };
  requireOwn(name);
  await call.deps.store.transaction(async (writer) => {
    for (const given of await writer.roleAssignments(held.objectId))
      await writer.removeRoleAssignment(given);
    await removeAccount(writer, held);
  });
  return { status: 200, body: shown(held) };
}

async function writeAccount(call: Call, name: string, held: Account | undefined): Promise<Reply> {
  requireOwn(name);
  if (!/^[A-Za-z0-9._@-]{1,100}$/.test(name)) {
    throw refuse(
      "InvalidResourceName",
      "name",
      "An account's name has 1 to 100 letters, digits and . _ @ -.",
    );
  }
  const parsed = body.safeParse(await call.json());
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(
      "InvalidParameter",
      issue?.path.join(".") ?? "",
      `The account is refused: ${issue?.message}.`,
    );
  }
  const { publicKey, federated, subscriptionId, providerName, ...asked } = parsed.data;
  if (asked.kind === "user" && (publicKey !== undefined || federated !== undefined)) {
    throw refuse(
      "InvalidParameter",
      "kind",
      "A user signs in by a password; keys and issuers are for applications.",
    );
  }
  if (publicKey !== undefined) requirePublic(publicKey);
  if (providerName !== undefined) requireProvider(call, { providerName, role: asked.role });
  const { random } = call.deps;
  const isKeyless = publicKey === undefined && federated === undefined;
  const secret = isKeyless ? Buffer.from(random.bytes(32)).toString("base64url") : undefined;
  const made = await makeAccount(
    {
      ...{ name, ...asked },
      subscriptionId: subscriptionId ?? held?.subscriptionId ?? ownSubscription(call, asked.role),
      ...(providerName === undefined ? {} : { providerName }),
      ...(publicKey === undefined ? {} : { publicKey }),
      ...(federated === undefined ? {} : { federated }),
      ...(secret === undefined ? {} : { secret }),
      ...(held === undefined ? {} : { clientId: held.clientId }),
    },
    call.deps,
  );
  const account = { ...made, ...(held === undefined ? {} : { objectId: held.objectId }) };
  await call.deps.store.transaction((writer) => putAccount(writer, account));
  return {
    status: held === undefined ? 201 : 200,
    // The secret of a dry run opens nothing.
    body: { ...shown(account), ...(secret === undefined || isDryRun(call) ? {} : { secret }) },
  };
}

/** Cross connections stand in one subscription, and their providers with them. */
function ownSubscription({ deps }: Call, role: Account["role"]): string {
  return role === "provider" ? deps.providerSubscriptionId : uuid(deps.random);
}

function requireProvider(
  { deps }: Call,
  { providerName, role }: { providerName: string; role: Account["role"] },
): void {
  const names = deps.inventory.providers.map(({ name }) => name);
  if (role === "provider" && names.includes(providerName)) return;
  throw refuse(
    "InvalidParameter",
    "providerName",
    role === "provider"
      ? `providerName is refused: there is no provider "${providerName.slice(0, 100)}"; send one of ${names.join(", ")}, or leave it out for all of them.`
      : "providerName is refused: only a provider's account stands for one; send the role provider, or leave it out.",
  );
}

function shown({ secretHash: _, ...account }: Account): JsonObject {
  return defined(account);
}

function requireOwn(name: string): void {
  if (!standing.includes(name.toLowerCase())) return;
  throw conflict(
    "ConflictError",
    "name",
    `'${name}' is kept by credentials.json in the data folder; take that file away and start again for new secrets.`,
  );
}

function requirePublic(jwk: JsonObject): void {
  try {
    const { asymmetricKeyType } = createPublicKey({ key: jwk, format: "jwk" });
    if (asymmetricKeyType !== undefined && jwk["d"] === undefined) return;
  } catch {}
  throw new ArmError({
    status: 400,
    code: "InvalidParameter",
    target: "publicKey",
    message:
      "publicKey is refused: it has to be the public half of an RSA, EC or Ed25519 key as a JWK.",
  });
}
