/** Causeway's own routes: what operators see of the fabric, and what everybody has of events and activity. */
import { type ArmError, notFound } from "../domain/errors.ts";
import type { JsonObject } from "../store/store.ts";
import { verbOf } from "./access/access.ts";
import type { Call, Reply } from "./context.ts";
import { activityReply } from "./events/activity-routes.ts";
import { eventStreamReply } from "./events/event-stream.ts";
import { webhookReply } from "./events/webhook-routes.ts";
import { openApiDocument } from "./openapi/document.ts";
import { methodNotAllowed } from "./path.ts";
import { accountsReply } from "./sign-in/account-routes.ts";

export async function causewayReply(
  call: Call,
  { name, item }: { name: string; item?: string },
): Promise<Reply> {
  switch (item === undefined ? name : `${name}/{}`) {
    case "events":
      return eventStreamReply(call);
    case "webhooks":
    case "webhooks/{}":
      return webhookReply(call, item);
    case "activity":
      return activityReply(call);
    case "openapi.json":
      return documentReply(call);
    case "accounts":
    case "accounts/{}":
      call.access.require(`Causeway/accounts/${verbOf(call.method)}`, "/");
      return accountsReply(call, item);
  }
  call.access.require(`Causeway/fabric/${verbOf(call.method)}`, "/");
  const read = item === undefined ? fabricReads.get(name) : undefined;
  if (read === undefined) throw unknown();
  if (call.method !== "GET") throw methodNotAllowed(call.method, ["GET"]);
  return read(call);
}

/** What only those read who may look at the fabric. */
const fabricReads: ReadonlyMap<string, (call: Call) => Promise<Reply>> = new Map([
  ["nodes", nodesReply],
  ["places", placesReply],
  ["health", healthReply],
]);

async function nodesReply(call: Call): Promise<Reply> {
  return { status: 200, body: { value: await nodeStates(call) } };
}

async function healthReply(call: Call): Promise<Reply> {
  const nodes = await nodeStates(call);
  const behind = nodes.filter((node) => node["generationWanted"] !== node["generationApplied"]);
  const failing = nodes.filter(
    (node) =>
      node["error"] !== undefined || Object.values(node["fragmentsFailed"] ?? []).length > 0,
  );
  const dirty = await call.deps.store.dirtyScopes(1_000);
  return {
    status: 200,
    body: {
      status: failing.length > 0 ? "failing" : behind.length > 0 ? "converging" : "converged",
      nodesBehind: behind.map((node) => node["name"] ?? ""),
      nodesFailing: failing.map((node) => node["name"] ?? ""),
      scopesDirty: dirty.length,
    },
  };
}

/** The same for everybody who is signed in. */
function documentReply({ method }: Call): Reply {
  if (method !== "GET") throw methodNotAllowed(method, ["GET"]);
  return { status: 200, body: openApiDocument() };
}

function unknown(): ArmError {
  return notFound(
    "InvalidResourceType",
    "There are /causeway/nodes, /causeway/places, /causeway/health, /causeway/accounts, /causeway/activity, /causeway/events, /causeway/webhooks and /causeway/openapi.json.",
  );
}

/** Where virtual machines and gateway instances run, for `causeway exec`. */
async function placesReply({ deps: { readouts } }: Call): Promise<Reply> {
  return { status: 200, body: { value: (await readouts?.places()) ?? [] } };
}

function nodeStates(call: Call): Promise<readonly JsonObject[]> {
  return Promise.all(call.deps.inventory.nodes.map((node) => nodeState(call, node)));
}

async function nodeState(
  { deps: { store } }: Call,
  { name, role }: { name: string; role: string },
): Promise<JsonObject> {
  const report = await store.readReport(name);
  const applied = report?.generation ?? 0;
  const change = await store.intentChange(name, applied);
  const failed = report?.fragments.filter(({ state }) => state === "failed") ?? [];
  return {
    name,
    role,
    generationWanted: change?.generation ?? applied,
    generationApplied: applied,
    ...(report?.error === undefined ? {} : { error: report.error }),
    fragmentsFailed: failed.map(({ key, error }) => ({ key, error: error ?? "" })),
  };
}
