import { expect, test } from "vitest";
import { at, good, makeGroup, makeProvisioned, refusalsIn, startApi } from "./api-fixture.ts";

/** Two children of one circuit, the second while nodes still follow the first. */
async function twoAtOnce(compat409: boolean) {
  await using api = startApi({ compat409 });
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  await api.settle();
  const first = await api.call("customer", "PUT", at.peering("blue"), good.peering());
  expect(first.body).toMatchObject({ properties: { provisioningState: "Updating" } });
  const circuit = await api.call("customer", "GET", at.circuit("blue"));
  const second = await api.call("customer", "PUT", at.circuit("blue"), {
    ...circuit.body,
    tags: { site: "one" },
  });
  return [second.status, ...(second.status < 300 ? [] : refusalsIn(second))];
}

test("a write beside another to the same circuit is taken", async () => {
  expect(await twoAtOnce(false)).toEqual([200]);
});

test("where the original's refusal is asked for, it is refused and says by what", async () => {
  expect(await twoAtOnce(true)).toEqual([409, `AnotherOperationInProgress ${at.peering("blue")}`]);
});
