import { expect, test } from "vitest";
import {
  type Api,
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  refusalsIn,
  startApi,
} from "../api-fixture.ts";
import type { PeeringSession, Readouts } from "../readouts.ts";

const circuit = at.circuit("blue");
const start = (query: string) => `${circuit}/startCircuitLinkFailoverTest${query}`;
const stop = `${circuit}/stopCircuitLinkFailoverTest`;
const primary = "?linkType=Primary&circuitTestCategory=BgpDisconnect";

/** Sessions as an edge would tell them; no routes. */
async function ready(
  states: { primary: string; secondary: string },
  beforeRoutes: () => Promise<void> = async () => {},
): Promise<Api> {
  const session = (side: "primary" | "secondary"): PeeringSession => ({
    ...{ side, family: "ipv4", neighbor: "192.168.100.129", asn: 65001, state: states[side] },
  });
  const readouts: Pick<Readouts, "peeringSessions" | "routeTable"> = {
    peeringSessions: async () => [session("primary"), session("secondary")],
    routeTable: async () => {
      await beforeRoutes();
      return [];
    },
  };
  const api = startApi({ readouts: readouts as Readouts });
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  return api;
}

const both = { primary: "Established", secondary: "Established" };

test.each([
  ["", both, ["InvalidParameter linkType", "InvalidParameter circuitTestCategory"]],
  ["?linkType=Both&circuitTestCategory=BgpDisconnect", both, ["InvalidParameter linkType"]],
  ["?linkType=primary&circuitTestCategory=x", both, ["linkType", "circuitTestCategory"]],
  [
    "?linkType=Primary&circuitTestCategory=ASPathPrepend",
    { primary: "Established", secondary: "Active" },
    ["InvalidParameter circuitTestCategory", "PathNotRedundant linkType"],
  ],
])("a start with %s is refused for all its reasons at once", async (query, states, reasons) => {
  await using api = await ready(states);
  const before = await api.store.read(circuit);
  const answer = await api.call("customer", "POST", start(query));
  expect(answer.status).toBe(400);
  const told = refusalsIn(answer);
  expect(told).toHaveLength(reasons.length);
  for (const [index, reason] of reasons.entries()) expect(told[index]).toContain(reason);
  expect(await api.store.read(circuit)).toEqual(before);
  expect(await api.store.dirtyScopes(9)).toEqual([]);
  expect(await api.store.listRecords("failoverTest")).toEqual([]);
});

test("a test is an operation that ends with its id, and shows in the row of the circuit", async () => {
  await using api = await ready(both);
  const begun = await api.call("customer", "POST", start(primary));
  expect(begun.status).toBe(202);
  expect(await api.store.dirtyScopes(9)).toMatchObject([
    { scope: `circuit:${circuit.toLowerCase()}` },
  ]);
  const again = await api.call("customer", "POST", start(primary));
  expect([again.status, ...refusalsIn(again)]).toEqual([
    409,
    `FailoverTestRunning ${circuit}`,
    `AnotherOperationInProgress ${circuit}`,
  ]);
  await api.settle();
  const location = begun.headers.get("location") ?? "";
  const { body: testId } = await api.call("customer", "GET", location.replace("https", "http"));
  const { assigned } = (await api.store.read(circuit)) ?? {};
  expect(assigned?.["failoverTest"]).toMatchObject({ testId, linkType: "Primary" });

  // A write of the circuit leaves it as it is.
  await make(api, circuit, { body: good.circuit(200) });
  expect((await api.store.read(circuit))?.assigned).toEqual(assigned);

  const wrong = await api.call("customer", "POST", stop, { linkType: "Secondary", isVerified: 1 });
  expect(refusalsIn(wrong)).toEqual(["InvalidParameter isVerified", "InvalidParameter linkType"]);
  const other = await api.call("customer", "POST", stop, { linkType: "Secondary" });
  expect([other.status, ...refusalsIn(other)]).toEqual([400, "InvalidParameter linkType"]);
  expect((await api.call("customer", "POST", stop, {})).status).toBe(202);
  await api.settle();
  expect((await api.store.read(circuit))?.assigned["failoverTest"]).toBeUndefined();
  const none = await api.call("customer", "POST", stop, { linkType: "Both" });
  expect([none.status, ...refusalsIn(none)]).toEqual([
    400,
    "InvalidParameter linkType",
    `FailoverTestNotRunning ${circuit}`,
  ]);
});

test("of two starts at once, of either link, one begins", async () => {
  await using api = await ready(both);
  const secondary = primary.replace("Primary", "Secondary");
  const answers = await Promise.all(
    [primary, secondary].map((query) => api.call("customer", "POST", start(query))),
  );
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409]);
  const refused = answers.find(({ status }) => status === 409);
  expect(refused && refusalsIn(refused)).toContain(`FailoverTestRunning ${circuit}`);
  expect(await api.store.listRecords("failoverTest")).toHaveLength(1);
});

test("what was seen of a circuit holds no more when it was changed meanwhile", async () => {
  let meanwhile = async () => {};
  await using api = await ready(both, () => meanwhile());
  meanwhile = async () => {
    await make(api, at.peering("blue"), { body: good.peering({ vlanId: 7 }) });
  };
  const answer = await api.call("customer", "POST", start(primary));
  expect([answer.status, ...refusalsIn(answer)]).toEqual([
    409,
    `AnotherOperationInProgress ${circuit}`,
  ]);
  expect((await api.store.read(circuit))?.assigned["failoverTest"]).toBeUndefined();
});

test("a dry run begins nothing", async () => {
  await using api = await ready(both);
  const before = await api.store.read(circuit);
  const { status, body } = await api.call(
    "customer",
    "POST",
    start(`${primary}&causeway-dryRun=true`),
  );
  expect([status, body["dryRun"], body["change"]]).toEqual([200, true, "updated"]);
  expect(await api.store.read(circuit)).toEqual(before);
  expect(await api.store.listRecords("failoverTest")).toEqual([]);
});

test("no test begins while a peering is being written", async () => {
  await using api = await ready(both);
  await api.call("customer", "PUT", at.peering("blue"), good.peering({ vlanId: 7 }));
  const answer = await api.call("customer", "POST", start(primary));
  expect([answer.status, ...refusalsIn(answer)]).toEqual([
    409,
    `AnotherOperationInProgress ${at.peering("blue")}`,
  ]);
});

test("a server without its fabric begins no test, and its history is asked with known words", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  const answer = await api.call("customer", "POST", start(primary));
  expect([answer.status, answer.body["error"]?.["code"]]).toEqual([503, "ReadoutUnavailable"]);
  const all = `${circuit}/getCircuitLinkFailoverAllTestsDetails`;
  expect((await api.call("customer", "POST", all)).body).toEqual([]);
  const wrong = await api.call("customer", "POST", `${all}?failoverTestType=x&fetchLatest=y`);
  expect(refusalsIn(wrong)).toEqual([
    "InvalidParameter failoverTestType",
    "InvalidParameter fetchLatest",
  ]);
  const single = `${circuit}/getCircuitLinkFailoverSingleTestDetails?linkType=x`;
  const answered = await api.call("customer", "POST", single);
  expect(refusalsIn(answered)).toEqual(["InvalidParameter linkType"]);
});
