/** What is answered with is published: names, types and values of every field, but for Causeway's own. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import {
  type Api,
  customerSubscription,
  providerSubscription,
  startApi,
} from "../../src/api/api-fixture.ts";
import { openApiDocument } from "../../src/api/openapi/document.ts";
import { cataloguePaths } from "../../src/api/openapi/paths.ts";
import { schemaName } from "../../src/api/openapi/schemas.ts";
import { catalogue } from "../../src/domain/catalogue.ts";
import { sameId } from "../../src/domain/fields.ts";
import { definitionOf, definitions } from "../../src/domain/registry.ts";
import type { JsonObject } from "../../src/domain/state.ts";
import { unpublishedIn } from "./agreement.ts";
import { makeOneOfEach, type Sent } from "./one-of-each.ts";
import { listedAt, modelNamed, versions } from "./specification.ts";

/** Shown beside what is published. */
const own: readonly RegExp[] = [
  // Every resource says its type and version, whether its model has them or not.
  /(^|\])\.?(type|etag):/,
  // Why a resource is Failed.
  /^properties\.causewayError:/,
  // What a bundle is worth, and that no edge bundles ports.
  /^properties\.causewayBundle:/,
  // Which hand-off a provider gives the circuit.
  /^properties\.handOff:/,
  // The addresses of a gateway's two instances.
  /^properties\.instanceAddresses:/,
  // Published since 2026, and told to clients of every version.
  /^properties\.resiliencyLevel:/,
  // Whether the connection of a hub carries anything.
  /(^|\]\.)properties\.connectionStatus:/,
];

let api: Api;
let sent: readonly Sent[] = [];
beforeAll(async () => {
  api = startApi();
  sent = await makeOneOfEach(api);
});
afterAll(async () => api[Symbol.asyncDispose]());

test("there is one of each type", async () => {
  const made = new Set((await api.store.list({})).map(({ type }) => type));
  expect(definitions.map(({ type }) => type).filter((type) => !made.has(type))).toEqual([]);
});

test.each(versions)("answers hold only what %s publishes", async (version) => {
  const found: string[] = [];
  for (const { id, type } of await api.store.list({})) {
    const definition = definitionOf(type);
    const model = definition === undefined ? undefined : modelNamed(definition, version);
    if (model === undefined) continue;
    const who = id.includes(providerSubscription) ? "provider" : "customer";
    const { status, body } = await api.call(who, "GET", id);
    expect([id, status]).toEqual([id, 200]);
    // The test reads answers as JSON.
    const answer = body as unknown as JsonObject;
    const wrong = unpublishedIn(answer, model).filter((one) => !own.some((re) => re.test(one)));
    found.push(...wrong.map((one) => `${type} ${one}`));
  }
  expect(found).toEqual([]);
});

// The data of the later version leaves out the models of providers and communities.
test.each(versions)("what can be ordered holds only what %s publishes", async (version) => {
  const found: string[] = [];
  let rows = 0;
  for (const offer of catalogue) {
    const [path] = cataloguePaths(offer);
    const model = listedAt(path, version);
    if (model === undefined) continue;
    const place = path.replace("{subscriptionId}", customerSubscription);
    const { status, body } = await api.call("operator", "GET", place);
    expect([place, status]).toEqual([place, 200]);
    // The test reads answers as JSON.
    for (const row of body["value"] as unknown as readonly JsonObject[]) {
      rows += 1;
      found.push(...unpublishedIn(row, model).map((one) => `${offer.type} ${one}`));
    }
  }
  expect([found, rows > 2]).toEqual([[], true]);
});

test("requests and answers are as our own document says", async () => {
  const { components } = openApiDocument() as { components: { schemas: JsonObject } };
  const found: string[] = [];
  const check = (type: string, value: unknown) => {
    const schema = { $ref: `#/$defs/${schemaName({ type })}`, $defs: components.schemas };
    const text = JSON.stringify(schema).replaceAll("#/components/schemas/", "#/$defs/");
    const { error } = z.fromJSONSchema(JSON.parse(text)).safeParse(value);
    for (const { path, message } of error?.issues ?? []) {
      found.push(`${type} ${path.join(".")}: ${message}`);
    }
  };
  const rows = await api.store.list({});
  for (const { id, type } of rows) {
    const who = id.includes(providerSubscription) ? "provider" : "customer";
    check(type, (await api.call(who, "GET", id)).body);
  }
  for (const { path, body } of sent) {
    check(rows.find(({ id }) => sameId(id, path))?.type ?? "", body);
  }
  expect(sent.length).toBeGreaterThan(20);
  expect(found).toEqual([]);
});
