/**
 * PUT, for every type. One transaction holds the resource, its operation, what it was given and the
 * scopes to reconcile; a refusal leaves all of it as it was. Transactions run one at a time, so
 * that what the refusals saw still holds when the row is written.
 */
import { isoTime } from "../base/clock.ts";
import { uuid } from "../base/random.ts";
import { ArmError, conflict, notFound, refuse, throwAny } from "../domain/errors.ts";
import { isObject, listAt, sameJson, textAt } from "../domain/fields.ts";
import { definitionOf } from "../domain/registry.ts";
import type { Candidate, Embedded, Grant, ResourceDefinition } from "../domain/resource.ts";
import { isAboutRefused } from "../domain/resource-body.ts";
import { groupId } from "../domain/resource-id.ts";
import { scopesOf } from "../domain/scopes.ts";
import { types } from "../domain/types.ts";
import type { Json, JsonObject, Operation, StoredResource, StoreWriter } from "../store/store.ts";
import { requireLinks } from "./access/links.ts";
import { requireObject } from "./asked-body.ts";
import { refuseBesideAnother } from "./compat-409.ts";
import { type Call, sealerOf, viewOf } from "./context.ts";
import { endDryRun, isDryRun } from "./dry-run.ts";
import { groupNotFound } from "./listing.ts";
import { newOperation } from "./operations.ts";
import { checkPreconditions } from "./preconditions.ts";
import { type Draft, draftOf } from "./write-draft.ts";

export type WriteTarget = {
  readonly definition: ResourceDefinition;
  readonly id: string;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly parentId?: string;
  /** Subscription through which the caller came, where the operation is shown. */
  readonly callerSubscriptionId: string;
};

export type Written = {
  readonly resource: StoredResource;
  readonly created: boolean;
  readonly operation: Operation;
};

export async function writeResource(call: Call, target: WriteTarget, sent: Json): Promise<Written> {
  const raw = requireObject(sent);
  const { store, wake } = call.deps;
  const written = await store.transaction(async (writer) => {
    const place = await placeOf(call, target, writer);
    const plan = await draftAll(call, { target, place, raw }, writer);
    for (const { target: part, draft, previous } of [plan.own ?? [], plan.children].flat())
      requireLinks(call, { ...part, body: draft.body, held: previous?.desired });
    const errors = [...plan.refused];
    for await (const error of plan.own === undefined ? [] : refusalsOf(call, plan.own, writer)) {
      if (!isAboutRefused(error, plan.refused)) errors.push(error);
    }
    throwAny(errors);
    if (plan.own === undefined) throw new Error("a draft that is refused was thrown above");
    const own = await accept(call, plan.own, writer);
    for (const part of plan.children) {
      const refused: ArmError[] = [];
      for await (const error of refusalsOf(call, part, writer)) refused.push(error);
      errors.push(...refused.map((error) => inside(part.prefix, error)));
      if (errors.length === 0) await accept(call, part, writer);
    }
    throwAny(errors);
    await rehearsed(call, writer, { own, plan, target });
    return own;
  });
  wake();
  return written;
}

async function rehearsed(
  call: Call,
  writer: StoreWriter,
  {
    own,
    plan,
    target,
  }: { own: Written; plan: { own?: Part; children: readonly Part[] }; target: WriteTarget },
): Promise<void> {
  if (!isDryRun(call)) return;
  const scopes = [...(await scopesOf(own.resource, writer))];
  for (const child of plan.children) {
    const row = await writer.read(child.target.id);
    if (row !== undefined) scopes.push(...(await scopesOf(row, writer)));
  }
  const same = plan.own?.previous?.etag === own.resource.etag;
  const change = own.created ? "created" : same ? "unchanged" : "updated";
  await endDryRun(call, writer, { ...own, definition: target.definition, change, scopes });
}

type Place = {
  readonly previous: StoredResource | undefined;
  readonly parent: StoredResource | undefined;
  readonly group: StoredResource | undefined;
};

/** Where the resource will stand: its group and its parent exist, and nothing there is going away. */
async function placeOf(call: Call, target: WriteTarget, writer: StoreWriter): Promise<Place> {
  const { definition, subscriptionId, resourceGroup, parentId } = target;
  const isGroup = definition.type === types.resourceGroup;
  const group = isGroup ? undefined : await writer.read(groupId(subscriptionId, resourceGroup));
  if (!isGroup && group === undefined && definition.type !== types.crossConnection) {
    throw groupNotFound(resourceGroup);
  }
  const parent = parentId === undefined ? undefined : await writer.read(parentId);
  if (parentId !== undefined && parent === undefined) {
    throw notFound(
      "ParentResourceNotFound",
      `The parent resource '${parentId}' was not found; create it first.`,
    );
  }
  const previous = await writer.read(target.id);
  for (const one of [group, parent, previous]) {
    if (one?.provisioningState === "Deleting") throw goingAway(one);
  }
  await refuseBesideAnother(call, writer, { previous, parent });
  checkPreconditions(call, previous);
  if (previous === undefined && definition.made === true) {
    throw notFound(
      "ResourceNotFound",
      `The Resource '${definition.type}/${target.name}' was not found; it is made with its circuit.`,
    );
  }
  return { previous, parent, group };
}

function goingAway(resource: StoredResource): ArmError {
  return conflict(
    "AnotherOperationInProgress",
    resource.id,
    `${resource.id} is being deleted; try again when it is gone.`,
  );
}

type Part = {
  readonly target: WriteTarget;
  readonly previous: StoredResource | undefined;
  readonly parentId?: string;
  readonly draft: Draft;
  /** Where the part stands in the request. */
  readonly prefix: string;
};

/** Shapes of the resource and of the children inside it, refused together. */
async function draftAll(
  call: Call,
  { target, place, raw }: { target: WriteTarget; place: Place; raw: JsonObject },
  writer: StoreWriter,
): Promise<{ own?: Part; children: readonly Part[]; refused: readonly ArmError[] }> {
  const { definition } = target;
  const errors: ArmError[] = [];
  const children: Part[] = [];
  for (const embedded of definition.embedded ?? []) {
    const items = listAt(raw, `properties.${embedded.field}`);
    if (items.length > (await mostChildren(target, embedded, { items, writer }))) {
      errors.push(tooMany(`properties.${embedded.field}`, items.length));
      continue;
    }
    for (const [index, item] of items.entries()) {
      const at = `properties.${embedded.field}[${index}]`;
      const child = await childOf({ target, place, embedded, item, at }, writer);
      if (child instanceof ArmError) errors.push(child);
      else if (embedded.written) {
        const drafted = draftOf(isObject(item) ? item : {}, {
          ...child,
          definition: child.target.definition,
          name: child.target.name,
          inventory: call.deps.inventory,
        });
        errors.push(...drafted.refusals.map((e) => inside(at, e)));
        if (drafted.draft) children.push({ ...child, draft: drafted.draft, prefix: at });
      }
    }
  }
  const own = draftOf(raw, {
    definition,
    name: target.name,
    previous: place.previous,
    inventory: call.deps.inventory,
    ...(place.group?.location === undefined ? {} : { groupLocation: place.group.location }),
  });
  const refused = [...own.refusals, ...errors];
  if (own.draft === undefined) return { children, refused };
  const { previous } = place;
  return { own: { target, previous, draft: own.draft, prefix: "" }, children, refused };
}

/** Each is held against its siblings inside the one transaction, and others wait for that. */
const childrenMax = 500;

/** What stands already may be sent back, as clients do that write all they read. */
async function mostChildren(
  { id: parentId }: WriteTarget,
  { type }: Embedded,
  { items, writer }: { items: readonly Json[]; writer: StoreWriter },
): Promise<number> {
  if (items.length <= childrenMax) return childrenMax;
  return Math.max(childrenMax, (await writer.list({ type, parentId })).length);
}

function tooMany(field: string, count: number): ArmError {
  return refuse(
    "LimitExceeded",
    field,
    `${field} is refused: ${count} stand in one request and ${childrenMax} may; send the others by themselves.`,
  );
}

async function childOf(
  request: { target: WriteTarget; place: Place; embedded: Embedded; item: Json; at: string },
  writer: StoreWriter,
): Promise<{ target: WriteTarget; previous: StoredResource | undefined } | ArmError> {
  const { target, place, embedded, item, at } = request;
  const definition = definitionOf(embedded.type);
  const sent = textAt(item, "name");
  if (definition === undefined || sent === undefined) {
    return refuse(
      "InvalidParameter",
      `${at}.name`,
      `${at}.name is missing; every child inside a resource has its name.`,
    );
  }
  const under = embedded.under;
  const parentId = under === undefined ? target.id : textAt(place.previous?.assigned, under);
  const kind = embedded.type.split("/").at(-1) ?? "";
  const name = canonicalName(definition, sent);
  const id = `${parentId ?? ""}/${kind}/${name}`;
  const previous = await writer.read(id);
  if (previous?.provisioningState === "Deleting") return goingAway(previous);
  if (!embedded.written && previous === undefined) {
    return refuse(
      "ChildNotEmbedded",
      at,
      `${at} is refused: ${kind}/${name} does not exist, and it is not made inside its parent; PUT it at ${target.id}/${kind}/${name} and leave it out here.`,
    );
  }
  const place2 = { ...target, definition, id: previous?.id ?? id, name, parentId: target.id };
  return { target: place2, previous };
}

export function canonicalName(definition: ResourceDefinition, name: string): string {
  const same = (one: string) => one.toLowerCase() === name.toLowerCase();
  return definition.names?.find(same) ?? name;
}

/** The same refusal with the place of the child in front of its target. */
function inside(prefix: string, error: ArmError): ArmError {
  const { status, code, message } = error;
  const target = error.target === undefined ? prefix : `${prefix}.${error.target}`;
  return new ArmError({ status, code, message, target });
}

function candidateOf({ target, draft }: Part): Candidate {
  const { id, name, subscriptionId, resourceGroup, parentId } = target;
  return {
    id,
    name,
    subscriptionId,
    resourceGroup,
    ...(parentId === undefined ? {} : { parentId }),
    ...(draft.location === undefined ? {} : { location: draft.location }),
    body: draft.body,
  };
}

async function grantFor(call: Call, part: Part, writer: StoreWriter): Promise<Grant> {
  const { parentId } = part.target;
  const parent = parentId === undefined ? undefined : await writer.read(parentId);
  return {
    ...viewOf(call, writer),
    ...(part.previous === undefined ? {} : { previous: part.previous }),
    ...(parent === undefined ? {} : { parent }),
    writer,
    now: isoTime(call.deps.clock),
    uuid: () => uuid(call.deps.random),
  };
}

async function* refusalsOf(call: Call, part: Part, writer: StoreWriter): AsyncGenerator<ArmError> {
  const grant = await grantFor(call, part, writer);
  yield* part.target.definition.refusals(candidateOf(part), grant);
}

/** Nothing refuses it: gives it what it needs and writes it. The same request twice has one effect (I3). */
async function accept(call: Call, part: Part, writer: StoreWriter): Promise<Written> {
  const { target, previous, draft } = part;
  const { definition } = target;
  const candidate = candidateOf(part);
  const grant = await grantFor(call, part, writer);
  const body = definition.stored?.(draft.body, previous, sealerOf(call.deps)) ?? draft.body;
  const desired = await canonicalIds(body, writer);
  const assigned = (await definition.assign?.(candidate, grant)) ?? {};
  const about = { kind: "write", subscriptionId: target.callerSubscriptionId } as const;
  if (previous !== undefined && isSame(previous, { draft, desired, assigned })) {
    const open = (await writer.openOperations(previous.id)).at(-1);
    const operation = open ?? newOperation(call, previous, { ...about, done: true });
    if (open === undefined) await writer.putOperation(operation);
    return { resource: previous, created: false, operation };
  }
  const asked: StoredResource = {
    ...(previous ?? { observed: {}, createdAt: grant.now, generation: 0 }),
    ...without(candidate),
    type: definition.type,
    ...(draft.tags === undefined ? {} : { tags: draft.tags }),
    desired,
    assigned,
    provisioningState: "Succeeded",
    etag: grant.uuid(),
    generation: (previous?.generation ?? 0) + 1,
    updatedAt: grant.now,
  };
  await writer.putResource(asked);
  const done = !(await definition.reconciled(asked, writer));
  const resource: StoredResource = done ? asked : { ...asked, provisioningState: "Updating" };
  if (!done) await writer.putResource(resource);
  await definition.accepted?.(resource, grant);
  const operation = newOperation(call, resource, { ...about, done });
  await writer.putOperation(operation);
  await writer.markDirty(await scopesOf(resource, writer));
  return { resource, created: previous === undefined, operation };
}

function without({ body: _, ...identity }: Candidate): Omit<Candidate, "body"> {
  return identity;
}

function isSame(
  previous: StoredResource,
  next: { draft: Draft; desired: JsonObject; assigned: JsonObject },
): boolean {
  // Repeating a write that failed is how it is tried again.
  if (previous.provisioningState === "Failed") return false;
  return (
    sameJson(previous.desired, next.desired) &&
    sameJson(previous.assigned, next.assigned) &&
    sameJson(previous.tags ?? {}, next.draft.tags ?? {})
  );
}

/** Ids of what exists, in the spelling in which it is stored. */
async function canonicalIds(value: JsonObject, writer: StoreWriter): Promise<JsonObject> {
  const members: [string, Json][] = [];
  for (const [name, member] of Object.entries(value)) {
    if (name === "id" && typeof member === "string") {
      members.push([name, (await writer.read(member))?.id ?? member]);
    } else members.push([name, await canonicalPart(member, writer)]);
  }
  return Object.fromEntries(members);
}

async function canonicalPart(value: Json, writer: StoreWriter): Promise<Json> {
  if (Array.isArray(value)) {
    const parts: Json[] = [];
    for (const part of value) parts.push(await canonicalPart(part, writer));
    return parts;
  }
  return isObject(value) ? canonicalIds(value, writer) : value;
}
