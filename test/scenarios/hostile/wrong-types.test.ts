/** One field of another type than published: refused as a fault of the request, or answered with the published types. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answered, type Api, startApi } from "../../../src/api/api-fixture.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { isObject, sameId } from "../../../src/domain/fields.ts";
import { definitions } from "../../../src/domain/registry.ts";
import type { Json, StoredResource } from "../../../src/domain/state.ts";
import { unpublishedIn } from "../../arm-spec/agreement.ts";
import { makeOneOfEach, type Sent } from "../../arm-spec/one-of-each.ts";
import { modelNamed, versions } from "../../arm-spec/specification.ts";
import { faultLog } from "./fault-log.ts";
import { spoiledBodies } from "./spoiled-bodies.ts";

let api: Api;
const { log, faults } = faultLog();
let sent: readonly Sent[] = [];
let rows: readonly StoredResource[] = [];
beforeAll(async () => {
  api = startApi({ log });
  sent = await makeOneOfEach(api);
  rows = await api.store.list({});
});
afterAll(async () => api[Symbol.asyncDispose]());

test.each(definitions.map(({ type }) => type))("%s", async (type) => {
  const row = rows.find((one) => one.type === type);
  const held = sent.find(({ path }) => sameId(path, row?.id));
  // Subnets are made inside their network.
  const good = held ?? { who: "customer", path: row?.id ?? "", body: row?.desired ?? {} };
  const taken = await api.call(good.who, "PUT", good.path, good.body);
  expect([taken.status, row?.type]).toEqual([200, type]);
  const found: string[] = [];
  for (const { what, body } of spoiledBodies(good.body, type, seededRandom(type.length))) {
    const wrong = [
      ...(await changed({ ...good, body }, type)),
      ...(await made({ ...good, body }, type)),
    ];
    found.push(...wrong.map((one) => `${what}: ${one}`));
  }
  expect(found).toEqual([]);
  expect(faults.splice(0)).toEqual([]);
});

/** The standing resource keeps its version where the change is refused. */
async function changed({ who, path, body }: Sent, type: string): Promise<readonly string[]> {
  const before = await api.store.read(path);
  const answer = await api.call(who, "PUT", path, body);
  if (answer.status < 300) return typesIn(answer.body, type);
  const after = await api.store.read(path);
  const kept = after?.etag === before?.etag && after?.generation === before?.generation;
  return [...wrongRefusal(answer), ...(kept ? [] : ["refused, and written"])];
}

/** A new one under another name, as far as a dry run goes. */
async function made({ who, path, body }: Sent, type: string): Promise<readonly string[]> {
  const answer = await api.call(who, "PUT", `${path}2?causeway-dryRun=true`, body);
  if (answer.status < 300) return typesIn(answer.body["resource"], type);
  const left = await api.store.read(`${path}2`);
  return [...wrongRefusal(answer), ...(left === undefined ? [] : ["refused, and made"])];
}

function wrongRefusal({ status, body }: Answered): readonly string[] {
  const { code, message } = (body["error"] ?? {}) as unknown as Record<string, unknown>;
  const said = typeof code === "string" && typeof message === "string";
  return status >= 400 && status < 500 && said ? [] : [`${status} ${JSON.stringify(body)}`];
}

function typesIn(body: unknown, type: string): readonly string[] {
  // Answers are JSON.
  const answer = body as Json;
  if (!isObject(answer)) return ["no resource in the answer"];
  return versions.flatMap((version) => {
    const model = modelNamed({ type }, version);
    const wrong = model === undefined ? [] : unpublishedIn(answer, model);
    return wrong.filter((one) => / published as | is not published$/.test(one));
  });
}
