/** `Microsoft.Resources/deployments` of a resource group: a template is checked, run and read back. */
import { isoTime } from "../../base/clock.ts";
import { uuid } from "../../base/random.ts";
import { ArmError, conflict, notFound, refuse } from "../../domain/errors.ts";
import { isObject } from "../../domain/fields.ts";
import { definitionOf } from "../../domain/registry.ts";
import { groupId } from "../../domain/resource-id.ts";
import type { Json, JsonObject } from "../../store/store.ts";
import { type Call, type Reply, sealerOf } from "../context.ts";
import { isDryRun } from "../dry-run.ts";
import { groupNotFound } from "../listing.ts";
import { type DeploymentTarget, methodNotAllowed } from "../path.ts";
import { TemplateError } from "./expression.ts";
import { parseLenient } from "./lenient-json.ts";
import {
  type Deployment,
  listDeployments,
  putDeployment,
  readDeployment,
  removeDeployment,
  shownParameters,
} from "./record.ts";
import { rehearseDeployment } from "./rehearsal.ts";
import { prepare, type Running, runDeployment } from "./runner.ts";
import { idOfPart, parameterProblems } from "./template.ts";

export async function answerDeployment(
  call: Call,
  running: Running,
  target: DeploymentTarget,
): Promise<Reply> {
  const group = groupId(target.subscriptionId, target.resourceGroup);
  const reads = call.method === "GET" || call.method === "HEAD";
  call.access.require(`Microsoft.Resources/deployments/${reads ? "read" : "write"}`, group);
  if ((await call.deps.store.read(group)) === undefined) throw groupNotFound(target.resourceGroup);
  if (target.name === undefined) return listed(call, group);
  const id = `${group}/providers/Microsoft.Resources/deployments/${target.name}`;
  const [word, ...more] = target.rest.map((part) => part.toLowerCase());
  if (word === undefined) return verb(call, running, { ...target, id, name: target.name });
  if (word === "validate" && call.method === "POST") {
    return validated(call, running, { ...target, id, name: target.name });
  }
  const deployment = await required(call, id);
  if (word === "operationstatuses" && more.length === 1) return statusOf(deployment);
  if (word === "operations" && more.length === 0)
    return { status: 200, body: { value: stepsOf(deployment) } };
  if (word === "exporttemplate") return { status: 200, body: { template: deployment.template } };
  if (word === "cancel" && call.method === "POST") return cancelled(call, deployment);
  throw notFound(
    "InvalidResourceType",
    `A deployment has nothing called '${target.rest.join("/").slice(0, 100)}'.`,
  );
}

type Named = DeploymentTarget & { readonly id: string; readonly name: string };

async function verb(call: Call, running: Running, target: Named): Promise<Reply> {
  switch (call.method) {
    case "GET":
      return { status: 200, body: shown(call, await required(call, target.id)) };
    case "HEAD":
      await required(call, target.id);
      return { status: 204 };
    case "PUT":
      return started(call, running, target);
    case "DELETE":
      return removed(call, target.id);
    default:
      throw methodNotAllowed(call.method, ["GET", "HEAD", "PUT", "DELETE"]);
  }
}

async function started(call: Call, running: Running, target: Named): Promise<Reply> {
  const { deps } = call;
  const deployment = await checked(call, running, target);
  const created = await deps.store.transaction(async (writer) => {
    const held = await readDeployment(writer, target.id);
    if (held?.state === "Running") {
      throw conflict(
        "ConflictError",
        "name",
        `The deployment ${target.name} is running; wait for it, cancel it, or use another name.`,
      );
    }
    await putDeployment(writer, deployment);
    return held === undefined;
  });
  if (isDryRun(call)) {
    const body = shown(call, await rehearseDeployment(running, deployment));
    return { status: created ? 201 : 200, body };
  }
  void runDeployment(running, deployment);
  const status = `${call.origin}${target.id}/operationStatuses/${deployment.correlationId}?api-version=${call.apiVersion}`;
  return {
    status: created ? 201 : 200,
    body: shown(call, deployment),
    headers: { "Azure-AsyncOperation": status, "Retry-After": "1" },
  };
}

async function validated(call: Call, running: Running, target: Named): Promise<Reply> {
  const deployment = await checked(call, running, target);
  const { parts } = await prepare(running, deployment);
  const group = groupId(target.subscriptionId, target.resourceGroup);
  const validatedResources = parts
    .filter(({ idle }) => !idle)
    .map((part) => ({ id: idOfPart(part, group) }));
  const body = shown(call, { ...deployment, state: "Succeeded" });
  const properties = { ...(body["properties"] as JsonObject), validatedResources };
  return { status: 200, body: { ...body, properties } };
}

/** The deployment that a body asks for, if nothing in its template can be refused beforehand. */
async function checked(call: Call, running: Running, target: Named): Promise<Deployment> {
  const { deps } = call;
  const { template, parameters } = contentOf(parseLenient(await call.text()));
  const problems = parameterProblems(template, parameters);
  if (problems.length > 0) throw invalidTemplate(problems.join(" "));
  const { principal } = call;
  const deployment: Deployment = {
    id: target.id,
    name: target.name,
    subscriptionId: target.subscriptionId,
    resourceGroup: target.resourceGroup,
    principal,
    template,
    sealedParameters: sealerOf(deps).seal(JSON.stringify(parameters)),
    state: "Running",
    correlationId: uuid(deps.random),
    startedAt: isoTime(deps.clock),
    steps: [],
  };
  try {
    const { parts } = await prepare(running, deployment);
    const unknown = parts.filter(({ type, idle }) => !idle && definitionOf(type) === undefined);
    if (unknown.length > 0) {
      const types = [...new Set(unknown.map(({ type }) => type))].join(", ");
      throw new TemplateError(`The template has resources of types that are not here: ${types}.`);
    }
  } catch (error) {
    if (error instanceof TemplateError) throw invalidTemplate(error.message);
    throw error;
  }
  return deployment;
}

function contentOf(body: Json): { template: JsonObject; parameters: JsonObject } {
  const properties = isObject(body) ? body["properties"] : undefined;
  if (!isObject(properties)) {
    throw refuse(
      "InvalidRequestContent",
      "properties",
      "properties is missing: send a template in it.",
    );
  }
  for (const word of ["templateLink", "parametersLink"]) {
    if (!isObject(properties[word])) continue;
    throw refuse(
      "NotOffered",
      `properties.${word}`,
      `properties.${word} is refused: this server fetches nothing; send the text itself.`,
    );
  }
  const mode = String(properties["mode"] ?? "Incremental");
  if (mode.toLowerCase() !== "incremental") {
    throw refuse(
      "NotOffered",
      "properties.mode",
      `properties.mode is refused: "${mode.slice(0, 50)}" would delete what the template lacks; send Incremental.`,
    );
  }
  const { template, parameters } = properties;
  if (!isObject(template)) {
    throw refuse(
      "InvalidRequestContent",
      "properties.template",
      "properties.template is missing: send a template object.",
    );
  }
  // A whole parameter file is sent too: its values lie one level deeper.
  const sent = isObject(parameters) ? parameters : {};
  const inner = sent["$schema"] === undefined ? sent : sent["parameters"];
  return { template, parameters: isObject(inner) ? inner : {} };
}

function invalidTemplate(message: string): ArmError {
  return new ArmError({
    status: 400,
    code: "InvalidTemplate",
    target: "properties.template",
    message,
  });
}

async function required(call: Call, id: string): Promise<Deployment> {
  const found = await readDeployment(call.deps.store, id);
  if (found !== undefined) return found;
  throw notFound("DeploymentNotFound", `Deployment '${id.split("/").at(-1)}' could not be found.`);
}

async function listed(call: Call, group: string): Promise<Reply> {
  if (call.method !== "GET") throw methodNotAllowed(call.method, ["GET"]);
  const all = await listDeployments(call.deps.store);
  const own = all.filter(({ id }) => id.toLowerCase().startsWith(`${group.toLowerCase()}/`));
  return { status: 200, body: { value: own.map((one) => shown(call, one)) } };
}

async function removed(call: Call, id: string): Promise<Reply> {
  const gone = await call.deps.store.transaction(async (writer) => {
    const held = await readDeployment(writer, id);
    if (held?.state === "Running") {
      throw conflict(
        "ConflictError",
        "name",
        "The deployment is running; wait for it or cancel it first.",
      );
    }
    await removeDeployment(writer, id);
    return held !== undefined;
  });
  return { status: gone ? 200 : 204 };
}

async function cancelled(call: Call, { id }: Deployment): Promise<Reply> {
  await call.deps.store.transaction(async (writer) => {
    const held = await readDeployment(writer, id);
    if (held?.state !== "Running") {
      throw conflict(
        "ConflictError",
        "name",
        "The deployment is not running; there is nothing to cancel.",
      );
    }
    await putDeployment(writer, { ...held, state: "Canceled", endedAt: isoTime(call.deps.clock) });
  });
  return { status: 204 };
}

function statusOf({ state, error }: Deployment): Reply {
  return {
    status: 200,
    body: { status: state, ...(error === undefined ? {} : { error: { ...error, details: [] } }) },
    headers: state === "Running" ? { "Retry-After": "1" } : {},
  };
}

function shown({ deps }: Call, deployment: Deployment): JsonObject {
  const { id, name, state, startedAt, endedAt, correlationId, outputs, error, steps } = deployment;
  const end = endedAt ?? isoTime(deps.clock);
  const seconds = (Date.parse(end) - Date.parse(startedAt)) / 1000;
  return {
    id,
    name,
    type: "Microsoft.Resources/deployments",
    properties: {
      parameters: shownParameters(deployment, sealerOf(deps)),
      mode: "Incremental",
      provisioningState: state,
      timestamp: end,
      duration: `PT${seconds}S`,
      correlationId,
      providers: [],
      dependencies: [],
      ...(outputs === undefined ? {} : { outputs }),
      outputResources: steps
        .filter((step) => step.state === "Succeeded")
        .map((step) => ({ id: step.id })),
      ...(error === undefined ? {} : { error: { ...error, details: [] } }),
    },
  };
}

function stepsOf({ id, correlationId, steps, startedAt, endedAt }: Deployment): JsonObject[] {
  return steps.map((step, index) => ({
    id: `${id}/operations/${index}`,
    operationId: String(index),
    properties: {
      provisioningOperation: "Create",
      provisioningState: step.state,
      timestamp: endedAt ?? startedAt,
      trackingId: correlationId,
      targetResource: { id: step.id, resourceType: step.type, resourceName: step.name },
      ...(step.error === undefined
        ? {}
        : { statusMessage: { error: { ...step.error, details: [] } } }),
    },
  }));
}

/** Takes up what a stop of the server broke off. */
export async function resumeDeployments(
  all: readonly Deployment[],
  runningAs: (deployment: Deployment) => Running,
): Promise<void> {
  await Promise.all(
    all
      .filter(({ state }) => state === "Running")
      .map((deployment) => runDeployment(runningAs(deployment), deployment)),
  );
}
