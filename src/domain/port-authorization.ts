import { z } from "zod";
import {
  authorizationKeyOf,
  type KeyView,
  newAuthorizationKey,
  shownKey,
} from "./authorization-key.ts";
import { type ArmError, conflict, referenceNotFound, refuse } from "./errors.ts";
import { textAt } from "./fields.ts";
import { defineResource } from "./resource.ts";
import type { StoredResource, StoreReader } from "./state.ts";
import { types } from "./types.ts";

const keyField = "properties.authorizationKey";

/**
 * The right to cut one circuit of another subscription from the port. Whether it is in use is read off
 * the circuit that holds it, so that deleting the circuit frees it.
 */
export const portAuthorization = defineResource({
  type: types.portAuthorization,
  tracked: false,
  schema: z.strictObject({ properties: z.strictObject({}).optional() }),
  ignored: [
    keyField,
    "properties.authorizationUseStatus",
    "properties.circuitResourceUri",
    "properties.circuitResourceUris",
  ],
  async *refusals() {},
  stored: () => ({}),
  async assign(_candidate, grant) {
    return grant.previous?.assigned ?? newAuthorizationKey(grant);
  },
  async *deleteRefusals(resource, { reader, goes }) {
    const circuit = await circuitOn(reader, resource.id);
    if (circuit === undefined || goes(circuit.id)) return;
    yield conflict(
      "ConflictError",
      circuit.id,
      `Authorization ${resource.name} is in use by ${circuit.id}: delete that circuit first.`,
    );
  },
  async reconciled() {
    return false;
  },
  async properties(resource, view) {
    const { reader } = view;
    const circuit = await circuitOn(reader, resource.id);
    return {
      ...shownKey(resource, view),
      authorizationUseStatus: circuit === undefined ? "Available" : "InUse",
      ...(circuit === undefined ? {} : { circuitResourceUri: circuit.id }),
    };
  },
});

async function circuitOn(
  reader: StoreReader,
  authorizationId: string,
): Promise<StoredResource | undefined> {
  const [found] = await reader.list({ type: types.circuit, referring: authorizationId, limit: 1 });
  return found;
}

/** The authorization of a port that has this key. */
export async function findPortAuthorization(
  { reader, sealer }: KeyView,
  portId: string,
  key: string | undefined,
): Promise<StoredResource | undefined> {
  if (key === undefined) return undefined;
  const rows = await reader.list({ type: types.portAuthorization, parentId: portId });
  return rows.find((row) => authorizationKeyOf(row, sealer) === key.toLowerCase());
}

type Access = {
  readonly subscriptionId: string;
  readonly portId: string;
  readonly port: StoredResource | undefined;
  readonly authorizationKey: string | undefined;
  /** The circuit as it was: what it redeemed stays redeemed. */
  readonly previous: StoredResource | undefined;
};

/** A port of somebody else looks the same as one that does not exist, until a key fits it. */
export async function portAccessRefusal(
  view: KeyView,
  { subscriptionId, portId, port, authorizationKey, previous }: Access,
): Promise<ArmError | undefined> {
  const mine = port?.subscriptionId.toLowerCase() === subscriptionId.toLowerCase();
  const held = textAt(previous?.assigned, "authorization.id");
  if (port?.type === types.port && (mine || held !== undefined)) return undefined;
  if (authorizationKey === undefined) {
    return referenceNotFound("properties.expressRoutePort.id", portId);
  }
  const found = await findPortAuthorization(view, portId, authorizationKey);
  if (found === undefined || port?.type !== types.port) {
    return refuse(
      "AuthorizationInvalid",
      keyField,
      `${keyField} is refused: it is no key of an authorization of ${portId}; send the key that the port's owner gave.`,
    );
  }
  if ((await circuitOn(view.reader, found.id)) === undefined) return undefined;
  return conflict(
    "AuthorizationInvalid",
    keyField,
    `${keyField} is refused: the authorization is in use and one key is good for one circuit; ask the port's owner for another.`,
  );
}
