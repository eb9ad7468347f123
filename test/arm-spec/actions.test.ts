/** What is asked of resources beside their verbs takes and gives what is published, but for the listed differences. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ActionDefinition } from "../../src/api/actions/action.ts";
import { type Api, providerSubscription, startApi } from "../../src/api/api-fixture.ts";
import { servedBy } from "../../src/api/openapi/served.ts";
import { ApiError } from "../../src/client/client.ts";
import { isObject, listAt, objectOf } from "../../src/domain/fields.ts";
import type { Json } from "../../src/domain/state.ts";
import { World } from "../../src/world/world.ts";
import { order } from "../scenarios/world-orders.ts";
import { bodyDisagreements, unpublishedIn } from "./agreement.ts";
import { answerDifferences, bodyDifferences } from "./differences.ts";
import { makeOneOfEach } from "./one-of-each.ts";
import {
  keyOf,
  modelsOf,
  operationsOf,
  resultOf,
  type SpecOperation,
  statusesOf,
  type Version,
  versions,
} from "./specification.ts";

type Published = {
  readonly operation: SpecOperation;
  readonly version: Version;
  readonly action: ActionDefinition;
};

const published: readonly Published[] = versions.flatMap((version) =>
  operationsOf(version).flatMap((operation) => {
    const served = servedBy(operation.method, operation.path);
    // What writes is a verb of a resource under another name.
    const isAsked = operation.method === "POST" || operation.method === "GET";
    return isAsked && served?.by === "action"
      ? [{ operation, version, action: served.action }]
      : [];
  }),
);

const shortOf = (operation: SpecOperation) =>
  keyOf(operation).replace("…/Microsoft.Network/", "").replaceAll("{}", "*");

test("what actions are sent is what is published", () => {
  const found = published.flatMap(({ operation, version, action }) =>
    inBody(operation, action, version).map((one) => `${shortOf(operation)}: ${one}`),
  );
  expectListed(found, bodyDifferences);
});

function inBody(
  { body: name }: SpecOperation,
  { body }: ActionDefinition,
  version: Version,
): readonly string[] {
  if (name === undefined) return body === undefined ? [] : ["a body is read, and none published"];
  if (body === undefined) return [`${name} is published, and not read`];
  return bodyDisagreements(body, name, modelsOf(version));
}

let api: Api;
let world: World;
beforeAll(async () => {
  api = startApi();
  await makeOneOfEach(api);
  await api.settle();
  world = await World.start();
  const { names } = await order(world, "exchange-l2");
  const { body } = await world.customer.post<{ value: { neighbor: string }[] }>(
    `${names.gateway(0)}/getBgpPeerStatus`,
  );
  words["peer"] = body.value[0]?.neighbor ?? "";
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

type Answered = { readonly status: number; readonly body: Json };

test("what actions answer with is what is published, in the way that is", async () => {
  const found: string[] = [];
  const seen = new Set<string>();
  for (const { operation, version, action } of published) {
    const answer = await answered(operation, action);
    if (answer === undefined) continue;
    seen.add(shortOf(operation));
    const wrong = inAnswer(answer, operation, version);
    found.push(...wrong.map((one) => `${shortOf(operation)}: ${one}`));
  }
  expectListed(found, answerDifferences);
  const given = published.filter(
    ({ action }) => action.refused !== true && !lasting.includes(action.path),
  );
  const silent = given.map(({ operation }) => shortOf(operation)).filter((one) => !seen.has(one));
  expect(silent).toEqual([]);
});

test("what lasts is published to last", () => {
  const those = published.filter(({ action }) => lasting.includes(action.path) && !action.refused);
  expect(new Set(those.map(({ action }) => action.path))).toEqual(new Set(lasting));
  for (const { operation } of those) expect(statusesOf(operation)).toContain("202");
});

/** Answered with 202 when nodes have to follow; what becomes of it is in `test/scenarios`, beside its paths. */
const lasting: readonly string[] = [
  "startCircuitLinkFailoverTest",
  "stopCircuitLinkFailoverTest",
  "startSiteFailoverTest",
  "stopSiteFailoverTest",
];

/** Done at once, which clients take of what is published to last too. */
function inAnswer(
  { status, body }: Answered,
  operation: SpecOperation,
  version: Version,
): readonly string[] {
  const isDone = statusesOf(operation).includes(String(status)) && status === 200;
  const model = resultOf(operation) ?? "";
  const [, item] = /^(.+?)(?:\[\]|Array)$/.exec(model) ?? [];
  const models = modelsOf(version);
  const wrong = isDone ? [] : [`answers ${status}`];
  if (item !== undefined) return Array.isArray(body) ? wrong : [...wrong, "is no list"];
  if (!isObject(body)) return [...wrong, "is no object"];
  if (models.has(model)) return [...wrong, ...unpublishedIn(body, { name: model, models })];
  // The later version has no models of lists.
  const name = model.replace(/(List)?Result$|List$/, "");
  if (!models.has(name)) return [...wrong, `${model} is not among the models`];
  const rows = listAt(body, "value").map(objectOf);
  return [...wrong, ...rows.flatMap((row) => unpublishedIn(row, { name, models }, "value[]"))];
}

/** Of one of each type, and of one that carries packets, where nodes have to be read for it. */
async function answered(
  { query = [] }: SpecOperation,
  action: ActionDefinition,
): Promise<Answered | undefined> {
  const asked = query
    .map((one) => one.replace("*", ""))
    .flatMap((name) => (words[name] === undefined ? [] : [`${name}=${words[name]}`]));
  const path = action.path
    .replace("{peeringName}", "AzurePrivatePeering")
    .replace("{devicePath}", "primary")
    .replace("{linkName}", "link1")
    .replace("{memberName}", "member1");
  const tail = `${path}${asked.length === 0 ? "" : `?${asked.join("&")}`}`;
  for (const { id } of await api.store.list({ type: action.type })) {
    const who = id.includes(providerSubscription) ? "provider" : "customer";
    const sent = action.method === "GET" ? undefined : (bodies[action.path] ?? {});
    const { status, body } = await api.call(who, action.method, `${id}/${tail}`, sent);
    // The test reads answers as JSON.
    if (status < 400) return { status, body: body as unknown as Json };
  }
  if (action.refused === true) return undefined;
  return live(action, tail);
}

async function live(action: ActionDefinition, tail: string): Promise<Answered | undefined> {
  for (const { id } of await world.store.list({ type: action.type })) {
    const client = id.includes(world.providerSubscription) ? world.provider : world.customer;
    const path = `${id}/${tail}`;
    try {
      if (action.method === "GET") return { status: 200, body: await client.get<Json>(path) };
      const { status, body } = await client.post<Json>(path, {});
      return { status, body };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
  return undefined;
}

const words: Record<string, string> = { ipAddress: "10.1.0.4" };
const bodies: Readonly<Record<string, object>> = {
  generateLoa: { customerName: "Agreed" },
  getCircuitMigrationInfo: { targetPeeringLocation: "Amsterdam", targetPortMapping: [] },
};

/** What is found is listed, and what is listed is found. */
function expectListed(found: readonly string[], list: typeof bodyDifferences): void {
  const listed = list.flatMap(({ at }) => at);
  expect([...new Set(found)].filter((one) => !listed.includes(one))).toEqual([]);
  expect(listed.filter((one) => !found.includes(one))).toEqual([]);
}
