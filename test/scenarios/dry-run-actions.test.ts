/** Dry runs of what is asked of resources beside their own verbs. */
import { expect, test } from "vitest";
import { actions } from "../../src/api/actions/registry.ts";
import { at, good, providerSubscription, startApi } from "../../src/api/api-fixture.ts";
import { makeOneOfEach } from "../arm-spec/one-of-each.ts";

const dry = (path: string) => `${path}?causeway-dryRun=true`;

test("what is asked of resources by POST is the same in a dry run", async () => {
  await using api = startApi();
  await makeOneOfEach(api);
  await api.settle();
  const before = JSON.stringify(await api.store.list({}));
  const rows = await api.store.list({});
  const found: string[] = [];
  for (const { type, path, method } of actions.filter((one) => one.method === "POST")) {
    const row = rows.find((one) => one.type === type);
    const who = row?.id.includes(providerSubscription) ? "provider" : "customer";
    const words = path
      .replace("{peeringName}", "AzurePrivatePeering")
      .replace("{devicePath}", "primary");
    const ask = async (place: string) => {
      const { status, body } = await api.call(who, method, place, { customerName: "Dry" });
      return [status, Object.keys(body)];
    };
    const [plain, rehearsed] = [
      await ask(`${row?.id}/${words}`),
      await ask(dry(`${row?.id}/${words}`)),
    ];
    if (JSON.stringify(plain) !== JSON.stringify(rehearsed)) found.push(`${type} ${path}`);
  }
  expect(found).toEqual([]);
  expect(JSON.stringify(await api.store.list({}))).toBe(before);
});

test("a provider's write of a peering, and the deletion of a group, are rehearsed", async () => {
  await using api = startApi();
  await makeOneOfEach(api);
  await api.settle();
  const rows = await api.store.list({});
  const line = rows.find(({ type }) => type.endsWith("expressRouteCrossConnections"));
  const before = JSON.stringify(rows);
  const put = await api.call(
    "provider",
    "PUT",
    dry(`${line?.id}/peerings/AzurePrivatePeering`),
    good.peering(),
  );
  expect([put.status, put.body["dryRun"]]).toEqual([200, true]);
  const group = await api.call("customer", "DELETE", dry(at.group));
  // A provider's circuit is not let go by its customer alone.
  expect([200, 409]).toContain(group.status);
  expect(JSON.stringify(await api.store.list({}))).toBe(before);
});
