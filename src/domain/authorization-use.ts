/** Who may join another subscription's circuit, and which authorization stands for it. */
import { authorizationKeyOf, type KeyView } from "./authorization-key.ts";
import { type ArmError, conflict, referenceNotFound, refuse } from "./errors.ts";
import type { StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

/** Every type that redeems an authorization of a circuit. One key is good for one of them. */
const redeemers = [types.connection, types.circuitConnection, types.hubConnection] as const;

/** What holds the authorization; deleting that frees it. */
export async function userOfAuthorization(
  reader: StoreReader,
  authorizationId: string,
): Promise<StoredResource | undefined> {
  for (const type of redeemers) {
    const [user] = await reader.list({ type, referring: authorizationId, limit: 1 });
    if (user !== undefined) return user;
  }
  return undefined;
}

/** The authorization of a circuit that has this key. */
export async function findAuthorization(
  { reader, sealer }: KeyView,
  circuitId: string,
  key: string,
): Promise<StoredResource | undefined> {
  const rows = await reader.list({ type: types.authorization, parentId: circuitId });
  return rows.find((row) => authorizationKeyOf(row, sealer) === key.toLowerCase());
}

type Access = {
  /** Who asks. */
  readonly subscriptionId: string;
  readonly circuitId: string;
  readonly circuit: StoredResource | undefined;
  readonly authorizationKey: string | undefined;
  /** The field that names the circuit or a part of it, and what it says. */
  readonly target: string;
  readonly asked: string;
};

const keyField = "properties.authorizationKey";

/** A circuit of somebody else looks the same as one that does not exist, until a key fits it. */
export async function circuitAccessRefusal(
  view: KeyView,
  { subscriptionId, circuitId, circuit, authorizationKey, target, asked }: Access,
): Promise<ArmError | undefined> {
  const mine = circuit?.subscriptionId.toLowerCase() === subscriptionId.toLowerCase();
  if (circuit?.type === types.circuit && mine) return undefined;
  if (authorizationKey === undefined) return referenceNotFound(target, asked);
  const found = await findAuthorization(view, circuitId, authorizationKey);
  if (found === undefined || circuit?.type !== types.circuit) {
    return refuse(
      "AuthorizationInvalid",
      keyField,
      `${keyField} is refused: it is no key of an authorization of ${circuitId}; send the key that the circuit's owner gave.`,
    );
  }
  if ((await userOfAuthorization(view.reader, found.id)) === undefined) return undefined;
  return conflict(
    "AuthorizationInvalid",
    keyField,
    `${keyField} is refused: the authorization is in use and one key is good for one connection; ask the circuit's owner for another.`,
  );
}
