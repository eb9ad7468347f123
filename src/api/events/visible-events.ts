/** Which events somebody may hear of, by the rights that they have at that moment. */
import { typeOfId } from "../../domain/resource-id.ts";
import type { eventKinds, StateEvent, StoredEvent } from "../../domain/state-event.ts";
import { types } from "../../domain/types.ts";
import type { JsonObject, Store } from "../../store/store.ts";
import { type Access, accessOf, actionType } from "../access/access.ts";
import type { Principal } from "../context.ts";
import { readAccount } from "../sign-in/account.ts";
import { principalOfAccount } from "../sign-in/bearer.ts";

export type EventKind = (typeof eventKinds)[number];

type Ears = { readonly principal: Principal; readonly access: Access };

/** Read anew each time: rights that were taken away, and accounts that are gone, hear nothing more. */
export async function earsOf(store: Store, objectId: string): Promise<Ears | undefined> {
  const account = await readAccount(store, objectId);
  if (account === undefined) return undefined;
  const principal = principalOfAccount(account);
  return { principal, access: await accessOf(store, principal) };
}

export async function visibleTo(
  { principal, access }: Ears,
  events: readonly StoredEvent[],
  store: Store,
): Promise<readonly StoredEvent[]> {
  const heard: StoredEvent[] = [];
  for (const event of events) {
    if (!mayHear(access, event)) continue;
    if (await isOfProvider(principal, event, store)) heard.push(event);
  }
  return heard;
}

function mayHear(access: Access, { resourceId }: StateEvent): boolean {
  const type = typeOfId(resourceId);
  if (type === undefined) return access.allows("Causeway/fabric/read", "/");
  return access.allows(`${actionType(type)}/read`, resourceId);
}

/** Who stands for one provider hears of the cross connections of that one. */
async function isOfProvider(
  { providerName }: Principal,
  { provider, resourceId }: StateEvent,
  store: Store,
): Promise<boolean> {
  if (providerName === undefined) return true;
  if (provider !== undefined) return provider === providerName;
  if (typeOfId(resourceId)?.toLowerCase() !== types.crossConnection.toLowerCase()) return true;
  return (await store.read(resourceId))?.assigned["serviceProvider"] === providerName;
}

export function eventWire({ sequence, time, kind, resourceId, data }: StoredEvent): JsonObject {
  return { id: sequence, time, kind, resourceId, ...data };
}
