import { expect, test } from "vitest";
import type { ActivityEntry } from "../../domain/activity.ts";
import {
  type Api,
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  makeProvisioned,
  otherSubscription,
  providerSubscription,
  refusalsIn,
  startApi,
  type Who,
} from "../api-fixture.ts";

type Row = {
  readonly caller: string;
  readonly operationName: { readonly value: string };
  readonly resourceId: string;
  readonly status: { readonly value: string };
  readonly subStatus: { readonly value: string };
  readonly correlationId: string;
  readonly httpRequest?: { readonly method: string };
  readonly properties: { readonly changes: string; readonly userAgent?: string };
};

const pathOf = (subscription: string) =>
  `http://api/subscriptions/${subscription}/providers/microsoft.insights/eventtypes/management/values`;

async function rowsOf(
  api: Api,
  {
    who = "customer",
    subscription = customerSubscription,
    filter = "eventTimestamp ge '2020-01-01T00:00:00Z'",
    more = "",
  }: { who?: Who; subscription?: string; filter?: string; more?: string } = {},
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let next: string | undefined =
    `${pathOf(subscription)}?api-version=2015-04-01&$filter=${encodeURIComponent(filter)}${more}`;
  while (next !== undefined) {
    const { status, body } = await api.call(who, "GET", next);
    expect([status, body["error"]]).toEqual([200, undefined]);
    const page = body as unknown as { value: Row[]; nextLink?: string };
    rows.push(...page.value);
    next = page.nextLink;
  }
  return rows;
}

const brief = ({ caller, operationName, status, subStatus }: Row) =>
  `${caller} ${operationName.value.split("/").slice(1).join("/")} ${status.value} ${subStatus.value}`;

test("writes, deletions and refusals are told, newest first; reads are not", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await api.call("customer", "GET", at.vnet("vnet"));
  await api.call("customer", "PUT", at.vnet("vnet"), { location: "mars" });
  await api.call("customer", "PATCH", at.vnet("vnet"), { tags: { team: "net" } });
  await api.call("customer", "DELETE", at.vnet("vnet"));
  expect((await rowsOf(api)).map(brief)).toEqual([
    "carl virtualNetworks/delete Succeeded 202",
    "carl virtualNetworks/write Succeeded 200",
    "carl virtualNetworks/write Failed InvalidParameters",
    "carl virtualNetworks/write Succeeded 201",
    "carl subscriptions/resourceGroups/write Succeeded 201",
  ]);
});

test("a change is told field by field, with who asked from where", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering({ sharedKey: "moonlanding" }) });
  const headers = {
    "user-agent": "terraform/1.9",
    "x-ms-correlation-request-id": "11111111-2222-4333-8444-555555555555",
    "x-ms-client-request-id": "run-7",
  };
  const body = good.peering({ vlanId: 200, sharedKey: "marslanding" });
  const path = at.peering("blue");
  const answer = await api.callWith("customer", { method: "PUT", path, body, headers });
  expect(answer.headers.get("x-ms-correlation-request-id")).toBe(
    headers["x-ms-correlation-request-id"],
  );
  const [row] = await rowsOf(api, {
    filter: `correlationId eq '${headers["x-ms-correlation-request-id"]}'`,
  });
  expect(row).toMatchObject({
    caller: "carl",
    resourceId: at.peering("blue"),
    httpRequest: { method: "PUT", clientRequestId: "run-7" },
    properties: { userAgent: "terraform/1.9", statusCode: "200" },
  });
  expect(JSON.parse(row?.properties.changes ?? "")).toEqual([
    { resourceId: at.peering("blue"), field: "properties.vlanId", before: 101, after: 200 },
    { resourceId: at.peering("blue"), field: "properties.sharedKey", before: "•••", after: "•••" },
  ]);
});

test("each side sees what was done to its own, and the other's machine stays unnamed", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  const provider = await rowsOf(api, { who: "provider", subscription: providerSubscription });
  expect(provider.map(brief)).toEqual([
    "paula expressRouteCrossConnections/write Accepted 200",
    "carl expressRouteCircuits/write Accepted 201",
  ]);
  expect(provider[1]).not.toHaveProperty("httpRequest");
  expect(provider[1]?.properties.changes).not.toContain(at.circuit("blue").concat('"', ',"field'));
  const crossConnection = provider[0]?.resourceId ?? "";
  const byProvider = `${crossConnection}/peerings/AzurePrivatePeering`;
  expect((await api.call("provider", "PUT", byProvider, good.peering())).status).toBe(201);
  const [own] = await rowsOf(api);
  expect([own?.caller, own?.resourceId]).toEqual(["paula", at.peering("blue")]);
});

test("filters and pages find the same; strangers find nothing", async () => {
  await using api = startApi();
  await makeGroup(api);
  for (const name of ["a", "b", "c"]) await make(api, at.vnet(name), { body: good.vnet() });
  const all = await rowsOf(api);
  expect(await rowsOf(api, { more: "&$top=1" })).toEqual(all);
  expect(await rowsOf(api, { filter: `resourceUri eq '${at.vnet("b")}'` })).toHaveLength(1);
  const inGroup =
    "eventTimestamp ge 2020-01-01 and resourceGroupName eq 'RG' and status eq 'Succeeded'";
  expect(await rowsOf(api, { filter: inGroup })).toHaveLength(4);
  expect(await rowsOf(api, { filter: "eventTimestamp le '2020-01-01'" })).toEqual([]);
  expect(await rowsOf(api, { filter: "caller eq 'otto'" })).toEqual([]);
  const [first] = await rowsOf(api, { more: "&$select=caller,status" });
  expect(Object.keys(first ?? {}).sort()).toEqual(["caller", "status"]);
  const bad = await api.call(
    "customer",
    "GET",
    `${pathOf(customerSubscription)}?api-version=2015-04-01&$filter=x`,
  );
  expect(refusalsIn(bad)).toEqual(["InvalidParameter $filter"]);
  const url = `${pathOf(customerSubscription)}?api-version=2015-04-01`;
  expect(refusalsIn(await api.call("other", "GET", url))).toEqual(["SubscriptionNotFound"]);
  // An attempt on somebody else's is for the operator to see, not for them.
  expect((await api.call("other", "DELETE", at.group)).status).toBe(404);
  expect(await rowsOf(api)).toEqual(all);
  const { body } = await api.call("operator", "GET", "/causeway/activity?$top=1");
  expect(body["value"]).toMatchObject([{ caller: "otto", status: { value: "Failed" } }]);
  const own = await api.call("other", "GET", "/causeway/activity");
  expect(own.body["value"]).toEqual([]);
  expect(await rowsOf(api, { who: "other", subscription: otherSubscription })).toEqual([]);
});

test("what others did fills no page of one's own", async () => {
  await using api = startApi();
  await makeGroup(api);
  const [mine] = await api.store.activity({ limit: 1 });
  expect(mine?.entry.subscriptionId).toBe(customerSubscription);
  await api.store.transaction(async (writer) => {
    const theirs = { ...mine?.entry, subscriptionId: otherSubscription } as ActivityEntry;
    for (let n = 0; n < 201; n += 1)
      await writer.addActivity({ ...theirs, id: String(n) }, { days: 9, entries: 9_000 });
  });
  const { body } = await api.call("customer", "GET", "/causeway/activity");
  expect(body["value"]).toMatchObject([{ eventDataId: mine?.entry.id }]);
  expect(body).not.toHaveProperty("nextLink");
});

test("a change of which no record can be kept is not made", async () => {
  const activityKept = {
    entries: 1,
    get days(): number {
      throw new Error("no room");
    },
  };
  await using api = startApi({ activityKept });
  expect((await api.call("customer", "PUT", at.group, { location: "westeurope" })).status).toBe(
    500,
  );
  expect((await api.call("customer", "GET", at.group)).status).toBe(404);
});

test("accounts and rights leave their record too, without secrets", async () => {
  await using api = startApi();
  const made = await api.call("operator", "PUT", "/causeway/accounts/pat", { role: "customer" });
  const { body } = await api.call("operator", "GET", "/causeway/activity");
  expect(body["value"]).toMatchObject([
    { caller: "olga", operationName: { value: "Causeway/accounts/write" } },
  ]);
  const text = JSON.stringify(body);
  expect(text).toContain("/causeway/accounts/pat");
  expect(text).not.toContain(String(made.body["secret"]));
  expect(text).not.toContain("scrypt");
});
