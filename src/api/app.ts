/** The ARM API over HTTP. Requests are signed in, parsed and answered; errors become HTTP here only. */
import { Hono } from "hono";
import { uuid } from "../base/random.ts";
import { ArmError } from "../domain/errors.ts";
import { accessOf } from "./access/access.ts";
import { roleReply } from "./access/role-routes.ts";
import { causewayReply } from "./causeway-routes.ts";
import {
  type ApiDependencies,
  type Call,
  jsonType,
  type Principal,
  type Reply,
} from "./context.ts";
import { listDeployments } from "./deployments/record.ts";
import { answerDeployment, resumeDeployments } from "./deployments/routes.ts";
import type { Running } from "./deployments/runner.ts";
import type { Send } from "./deployments/scope.ts";
import { DryRun, isDryRun } from "./dry-run.ts";
import { absentReply, domainNameReply } from "./elsewhere-routes.ts";
import { errorReply } from "./error-response.ts";
import { activityReply } from "./events/activity-routes.ts";
import { correlationOf, recorded } from "./events/recorder.ts";
import { earsOf } from "./events/visible-events.ts";
import { listCollection } from "./listing.ts";
import { metricsReply } from "./metrics-routes.ts";
import { operationList } from "./operation-list.ts";
import { answerOperation } from "./operations.ts";
import { methodNotAllowed, parsePath, type Target } from "./path.ts";
import { rehearsed } from "./rehearsal.ts";
import { readForm, readJson, readText } from "./request-body.ts";
import { answerResource } from "./resource-actions.ts";
import { groupList, resourceList } from "./resource-list.ts";
import { type OpenRequest, SignIn } from "./sign-in/sign-in.ts";
import {
  catalogueReply,
  groupVerb,
  locationList,
  namespaceReply,
  subscriptionList,
  subscriptionObject,
  tenantList,
} from "./subscription-routes.ts";

/** What the server knows of a connection beside the request. */
export type Connection = {
  readonly incoming?: { readonly socket: { readonly remoteAddress?: string | undefined } };
};

export function createApi(deps: ApiDependencies): Hono<{ Bindings: Connection }> {
  const app = new Hono<{ Bindings: Connection }>();
  const signIn = new SignIn(deps);
  resume(deps).catch((error: unknown) =>
    deps.log("warn", "deployments could not be taken up again", { error: String(error) }),
  );
  app.all("*", async (c) => {
    const request = c.req.raw;
    const requestId = uuid(deps.random);
    const place = placeOf(request.url);
    const address = c.env?.incoming?.socket.remoteAddress ?? "";
    let reply: Reply;
    try {
      const { method } = request;
      const open: OpenRequest = { ...place, method, address, form: () => readForm(request) };
      reply =
        (await signIn.reply(open)) ??
        (await answerTo(request, { deps, signIn, place, requestId, address }));
    } catch (error) {
      reply = errorReply(error, { log: deps.log, requestId, origin: place.origin });
    }
    return toResponse(reply, request, requestId);
  });
  return app;
}

type Asked = {
  readonly deps: ApiDependencies;
  readonly signIn: SignIn;
  readonly place: Place;
  readonly requestId: string;
  readonly address: string;
};

async function answerTo(request: Request, asked: Asked): Promise<Reply> {
  const call = await callOf(request, asked);
  try {
    return await recorded(call, answer);
  } catch (error) {
    if (error instanceof DryRun) return error.reply;
    throw error;
  }
}

async function callOf(request: Request, asked: Asked): Promise<Call> {
  const { deps, signIn, place, requestId, address } = asked;
  const { origin, path, query } = place;
  const authorization = request.headers.get("authorization") ?? undefined;
  const principal = await signIn.principal(authorization, origin);
  return {
    ...{ deps, principal, requestId, address },
    access: await accessOf(deps.store, principal),
    method: request.method,
    origin,
    path,
    query,
    apiVersion: versionOf(path, query),
    header: (name) => request.headers.get(name) ?? undefined,
    json: () => readJson(request),
    text: () => readText(request),
  };
}

/** Requests that a deployment makes of the API itself, by the right that its principal has then. */
function runningAs(deps: ApiDependencies, principal: Principal): Running {
  const send: Send = async ({ method, path, apiVersion, body = {} }) => {
    const ears = await earsOf(deps.store, principal.objectId);
    if (ears === undefined) throw accountGone(principal);
    return recorded(
      {
        ...{ deps, ...ears, requestId: uuid(deps.random) },
        method,
        origin: "",
        path,
        query: new URLSearchParams({ "api-version": apiVersion }),
        apiVersion,
        header: () => undefined,
        json: async () => body,
        text: async () => JSON.stringify(body),
      },
      answer,
    );
  };
  return { deps, send };
}

/** Rights end with the account, for what it set going too. */
function accountGone({ name }: Principal): ArmError {
  return new ArmError({
    status: 403,
    code: "AuthorizationFailed",
    message: `The account '${name}' is gone, and its rights with it; let another one deploy this.`,
  });
}

async function resume(deps: ApiDependencies): Promise<void> {
  const all = await listDeployments(deps.store);
  await resumeDeployments(all, ({ principal }) => runningAs(deps, principal));
}

type Place = { readonly origin: string; readonly path: string; readonly query: URLSearchParams };

/** Clients double slashes; they are taken out before the path means anything. */
function placeOf(text: string): Place {
  const url = new URL(text);
  const path = url.pathname.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
  return { origin: url.origin, path, query: url.searchParams };
}

function versionOf(path: string, query: URLSearchParams): string {
  if (/^\/(causeway\/|metrics$)/i.test(path)) return "";
  const version = query.get("api-version");
  if (version === null || version === "") {
    throw new ArmError({
      status: 400,
      code: "MissingApiVersionParameter",
      message: "The api-version query parameter (?api-version=) is required for all requests.",
    });
  }
  if (/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(version) && version >= "2015-04-01") return version;
  throw new ArmError({
    status: 400,
    code: "NoRegisteredProviderFound",
    target: "api-version",
    message: `No registered resource provider found for API version '${version.slice(0, 50)}'; send a date from 2015-04-01 on, such as 2025-05-01.`,
  });
}

async function answer(call: Call): Promise<Reply> {
  const target = parsePath(call.path);
  if ("subscriptionId" in target && target.subscriptionId !== undefined) {
    call.access.requireSubscription(target.subscriptionId);
  }
  const isRead = call.method === "GET" || call.method === "HEAD";
  // Writes of resources end their own transactions.
  const endsItself = target.kind === "resource" || target.kind === "group";
  return isDryRun(call) && !isRead && !endsItself
    ? rehearsed(call, (inner) => answerAt(inner, target))
    : answerAt(call, target);
}

async function answerAt(call: Call, target: Target): Promise<Reply> {
  switch (target.kind) {
    case "resource":
      return answerResource(call, target);
    case "group":
      return groupVerb(call, target);
    case "namespace":
      return namespaceReply(call, target);
    case "causeway":
      return causewayReply(call, target);
    case "metrics":
      return metricsReply(call);
    case "roles":
      return roleReply(call, target);
    case "deployment":
      return answerDeployment(call, runningAs(call.deps, call.principal), target);
    default:
      if (call.method !== "GET") throw methodNotAllowed(call.method, ["GET"]);
      return answerRead(call, target);
  }
}

async function answerRead(
  call: Call,
  target: Exclude<
    Target,
    { kind: "resource" | "group" | "namespace" | "causeway" | "metrics" | "roles" | "deployment" }
  >,
): Promise<Reply> {
  switch (target.kind) {
    case "subscriptions":
      return subscriptionList(call);
    case "operations":
      return operationList(target);
    case "tenants":
      return tenantList(call);
    case "subscription":
      return { status: 200, body: subscriptionObject(call, target.subscriptionId) };
    case "activity":
      return activityReply(call, target.subscriptionId);
    case "locations":
      return locationList(call, target.subscriptionId);
    case "operation":
      return answerOperation(call, target);
    case "absent":
      return absentReply(call, target);
    case "domainName":
      return domainNameReply(call, target);
    case "catalogue":
      return catalogueReply(call, target);
    case "collection":
      return listCollection(call, target);
    case "groups":
      return groupList(call, target.subscriptionId);
    case "resources":
      return resourceList(call, target);
  }
}

function toResponse(reply: Reply, request: Request, requestId: string): Response {
  const headers = new Headers({
    "Cache-Control": "no-cache",
    Pragma: "no-cache",
    Expires: "-1",
    "X-Content-Type-Options": "nosniff",
    "x-ms-request-id": requestId,
    "x-ms-correlation-request-id": correlationOf(request.headers, requestId),
    ...reply.headers,
  });
  const clientId = request.headers.get("x-ms-client-request-id");
  if (clientId !== null && request.headers.get("x-ms-return-client-request-id") === "true") {
    headers.set("x-ms-client-request-id", clientId);
  }
  if (reply.html !== undefined) {
    headers.set("Content-Type", "text/html; charset=utf-8");
    return new Response(reply.html, { status: reply.status, headers });
  }
  if (reply.text !== undefined) {
    headers.set("Content-Type", reply.text.type);
    return new Response(reply.text.content, { status: reply.status, headers });
  }
  if (reply.stream !== undefined)
    return new Response(reply.stream, { status: reply.status, headers });
  if (reply.body === undefined) return new Response(null, { status: reply.status, headers });
  headers.set("Content-Type", jsonType);
  return new Response(JSON.stringify(reply.body), { status: reply.status, headers });
}
