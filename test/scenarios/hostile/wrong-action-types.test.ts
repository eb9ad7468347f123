/** One field of another type than published in what an action is sent: refused, and nothing of it is taken. */
import { expect, test } from "vitest";
import { actions } from "../../../src/api/actions/registry.ts";
import { providerSubscription, startApi } from "../../../src/api/api-fixture.ts";
import { servedBy } from "../../../src/api/openapi/served.ts";
import type { Json } from "../../../src/domain/state.ts";
import { makeOneOfEach } from "../../arm-spec/one-of-each.ts";
import { modelsOf, operationsOf, type SpecField, versions } from "../../arm-spec/specification.ts";
import { faultLog } from "./fault-log.ts";

const strange: readonly Json[] = ["\u0000’;--", -1, 1e308, true, [], [[null]], {}, { id: 7 }];

/** Whether JSON of this kind may stand where the type is published. */
function fits(value: Json, { type }: SpecField): boolean {
  if (type.endsWith("[]")) return Array.isArray(value) && value.length === 0;
  return typeof value === type.toLowerCase();
}

test("every field of every body", async () => {
  const { log, faults } = faultLog();
  await using api = startApi({ log });
  await makeOneOfEach(api);
  const rows = await api.store.list({});
  const before = JSON.stringify(rows);
  const found: string[] = [];
  const reading = new Set<string>();
  for (const version of versions) {
    for (const { method, path, body: model } of operationsOf(version)) {
      const served = servedBy(method, path);
      if (served?.by !== "action" || served.action.body === undefined) continue;
      const { type, path: word } = served.action;
      reading.add(`${type} ${word}`);
      const row = rows.find((one) => one.type === type);
      const who = row?.id.includes(providerSubscription) ? "provider" : "customer";
      for (const [name, field] of Object.entries(modelsOf(version).get(model ?? "") ?? {})) {
        for (const value of strange.filter((one) => !fits(one, field))) {
          const sent = { customerName: "Odd", [name]: value };
          const { status } = await api.call(who, "POST", `${row?.id}/${word}`, sent);
          if (status < 400 || status >= 500)
            found.push(`${type} ${word} ${name} ${JSON.stringify(value)}: ${status}`);
        }
      }
    }
  }
  expect(found).toEqual([]);
  const bodied = actions.filter(({ body }) => body !== undefined);
  expect(reading.size).toBe(bodied.length);
  expect(faults).toEqual([]);
  expect(JSON.stringify(await api.store.list({}))).toBe(before);
});
