/** Who may use another subscription's circuit or port, and which authorization stands for it. */
import { authorizationKeyOf, type KeyView } from "./authorization-key.ts";
import { type ArmError, conflict, referenceNotFound, refuse } from "./errors.ts";
import { sameId } from "./fields.ts";
import { parentOfId } from "./resource-id.ts";
import type { JsonObject, StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

/** What has authorizations, and what redeems them. */
export type AuthorizationKind = {
  readonly type: string;
  /** What a key of it opens. */
  readonly opens: { readonly type: string; readonly noun: string };
  /** Every type that redeems one. A key is good for one of them. */
  readonly users: { readonly types: readonly string[]; readonly noun: string };
};

export const ofCircuit: AuthorizationKind = {
  type: types.authorization,
  opens: { type: types.circuit, noun: "circuit" },
  users: {
    types: [types.connection, types.circuitConnection, types.hubConnection],
    noun: "connection",
  },
};

export const ofPort: AuthorizationKind = {
  type: types.portAuthorization,
  opens: { type: types.port, noun: "port" },
  users: { types: [types.circuit], noun: "circuit" },
};

/** What holds the authorization; deleting that frees it. */
export async function userOfAuthorization(
  { users }: AuthorizationKind,
  reader: StoreReader,
  authorizationId: string,
): Promise<StoredResource | undefined> {
  const referring = await reader.list({ referring: authorizationId });
  return referring.find(({ type }) => users.types.includes(type));
}

/** The authorization of a circuit or a port that has this key. */
async function findAuthorization(
  { type }: AuthorizationKind,
  { reader, sealer }: KeyView,
  { ownerId, key }: { ownerId: string; key: string },
): Promise<StoredResource | undefined> {
  const rows = await reader.list({ type, parentId: ownerId });
  return rows.find((row) => authorizationKeyOf(row, sealer) === key.toLowerCase());
}

/** What is kept of a key that was redeemed: whose it was, and not the key. */
export async function redeemed(
  kind: AuthorizationKind,
  view: KeyView,
  { ownerId, key }: { ownerId: string; key: string | undefined },
): Promise<JsonObject> {
  if (key === undefined) return {};
  const found = await findAuthorization(kind, view, { ownerId, key });
  return found === undefined ? {} : { authorization: { id: found.id } };
}

type Access = {
  /** Who asks. */
  readonly subscriptionId: string;
  readonly ownerId: string;
  readonly owner: StoredResource | undefined;
  readonly key: string | undefined;
  /** The field that names the circuit, a part of it or the port, and what it says. */
  readonly target: string;
  readonly asked: string;
  /** Id of the authorization that was redeemed before: it stays redeemed. */
  readonly held?: string | undefined;
};

const keyField = "properties.authorizationKey";

/** What is somebody else's looks the same as what does not exist, until a key fits it. */
export async function accessRefusal(
  kind: AuthorizationKind,
  view: KeyView,
  { subscriptionId, ownerId, owner, key, target, asked, held }: Access,
): Promise<ArmError | undefined> {
  const exists = owner?.type === kind.opens.type;
  const isOpen =
    sameId(owner?.subscriptionId, subscriptionId) ||
    (held !== undefined && sameId(parentOfId(held), ownerId));
  if (exists && isOpen) return undefined;
  if (key === undefined) return referenceNotFound(target, asked);
  const found = await findAuthorization(kind, view, { ownerId, key });
  const { noun } = kind.opens;
  if (found === undefined || !exists) {
    return refuse(
      "AuthorizationInvalid",
      keyField,
      `${keyField} is refused: it is no key of an authorization of ${ownerId}; send the key that the ${noun}'s owner gave.`,
    );
  }
  if ((await userOfAuthorization(kind, view.reader, found.id)) === undefined) return undefined;
  return conflict(
    "AuthorizationInvalid",
    keyField,
    `${keyField} is refused: the authorization is in use and one key is good for one ${kind.users.noun}; ask the ${noun}'s owner for another.`,
  );
}
