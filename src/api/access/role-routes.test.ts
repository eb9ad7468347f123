import { expect, test } from "vitest";
import { sealSecret } from "../../base/secret.ts";
import { roles } from "../../domain/role-definition.ts";
import {
  type Api,
  at,
  customerSubscription,
  good,
  make,
  makeGroup,
  otherSubscription,
  providerSubscription,
  provision,
  refusalsIn,
  serviceKeyOf,
  startApi,
  type Who,
} from "../api-fixture.ts";
import { createApi } from "../app.ts";
import { accountNamed } from "../sign-in/account.ts";

const guid = (digit: number) => `0000000${digit}-0000-4000-8000-000000000000`;
const subscription = `/subscriptions/${customerSubscription}`;
const otherGroup = at.group.replace(/rg$/, "other");
const assignments = (scope: string, name?: string) =>
  `${scope}/providers/Microsoft.Authorization/roleAssignments${name === undefined ? "" : `/${name}`}`;

async function objectIdOf(api: Api, name: string): Promise<string> {
  await api.tokenOf("operator");
  return (await accountNamed(api.store, name))?.objectId ?? "";
}

type Given = { to: string; role: { name: string }; scope: string; by?: Who; name?: string };

async function give(api: Api, { to, role, scope, by = "customer", name = guid(1) }: Given) {
  return api.call(by, "PUT", assignments(scope, name), {
    properties: {
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role.name}`,
      principalId: await objectIdOf(api, to),
    },
  });
}

async function startOrdered(): Promise<Api> {
  const api = startApi();
  await makeGroup(api);
  await make(api, otherGroup, { body: { location: "westeurope" } });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.vnet("vnet").replace("/rg/", "/other/"), { body: good.vnet() });
  return api;
}

test("a reader of a group reads it and what is in it, writes nothing, and sees no other group", async () => {
  await using api = await startOrdered();
  expect(refusalsIn(await api.call("other", "GET", at.group))).toEqual(["SubscriptionNotFound"]);
  expect((await give(api, { to: "otto", role: roles.reader, scope: at.group })).status).toBe(201);
  const status = async (method: string, path: string, body?: unknown) => {
    const answer = await api.call("other", method, path, body);
    return answer.status < 400 ? answer.status : `${answer.status} ${refusalsIn(answer)}`;
  };
  expect(await status("GET", at.group)).toBe(200);
  expect(await status("HEAD", at.group)).toBe(204);
  expect(await status("GET", at.vnet("vnet"))).toBe(200);
  expect(await status("GET", at.vnet("nothing"))).toBe("404 ResourceNotFound");
  const denied = "403 AuthorizationFailed";
  expect(await status("PUT", at.vnet("vnet"), good.vnet())).toBe(denied);
  expect(await status("PATCH", at.vnet("vnet"), { tags: {} })).toBe(denied);
  expect(await status("DELETE", at.group)).toBe(denied);
  // What it may not read looks the same, be it there or not.
  expect(await status("GET", otherGroup)).toBe(denied);
  expect(await status("GET", `${otherGroup}s`)).toBe(denied);
  expect(await status("GET", `${otherGroup}/resources`)).toBe(denied);
  const listed = async (path: string) => {
    const value = (await api.call("other", "GET", path)).body["value"] as unknown as {
      id: string;
    }[];
    return value.map(({ id }) => id);
  };
  expect(await listed(`${subscription}/resourceGroups`)).toEqual([at.group]);
  expect(await listed(`${subscription}/resources`)).toEqual([at.vnet("vnet")]);
  expect(await listed(`${subscription}/providers/Microsoft.Network/virtualNetworks`)).toEqual([
    at.vnet("vnet"),
  ]);
  expect(await listed("/subscriptions")).toHaveLength(2);
  expect((await api.call("customer", "DELETE", assignments(at.group, guid(1)))).status).toBe(200);
  expect(await status("GET", at.group)).toBe("404 SubscriptionNotFound");
});

test("a contributor writes and gives nobody rights; what it names has to be open to it", async () => {
  await using api = await startOrdered();
  await give(api, { to: "otto", role: roles.contributor, scope: at.group });
  expect((await api.call("other", "PUT", at.vnet("mine"), good.vnet("10.9.0.0/16"))).status).toBe(
    201,
  );
  const more = await give(api, { to: "paula", role: roles.reader, scope: at.group, by: "other" });
  expect(refusalsIn(more)).toEqual(["AuthorizationFailed"]);
  const gateway = good.gateway("vnet");
  const foreign = JSON.parse(JSON.stringify(gateway).replace("/rg/", "/other/"));
  const refused = await api.call("other", "PUT", at.gateway("gw"), foreign);
  expect([refused.status, ...refusalsIn(refused)]).toEqual([
    403,
    "LinkedAuthorizationFailed properties.ipConfigurations[0].properties.subnet.id",
  ]);
  expect((await api.call("customer", "PUT", at.gateway("gw"), foreign)).status).toBe(201);
});

test("a reader sees that there is an authorization, and not the key that would let it join", async () => {
  await using api = await startOrdered();
  await make(api, at.circuit("blue"), { body: good.circuit() });
  const path = `${at.circuit("blue")}/authorizations/mine`;
  await make(api, path, { body: {} });
  await give(api, { to: "otto", role: roles.reader, scope: at.group });
  const keysIn = async (who: Who, read: string) =>
    JSON.stringify((await api.call(who, "GET", read)).body).split("authorizationKey").length - 1;
  for (const read of [path, at.circuit("blue"), `${at.circuit("blue")}/authorizations`]) {
    expect([read, await keysIn("customer", read)]).toEqual([read, 1]);
    expect([read, await keysIn("other", read)]).toEqual([read, 0]);
  }
  expect((await api.call("other", "POST", `${path}/listKeys`)).status).toBe(403);
  expect((await api.call("customer", "POST", `${path}/listKeys`)).status).toBe(200);
});

test("rights go with the group and with the account they are about", async () => {
  await using api = await startOrdered();
  const { objectId } = await api.enrol({
    ...{ name: "maria", kind: "user", role: "customer", subscriptionId: guid(9) },
  });
  await give(api, { to: "otto", role: roles.reader, scope: otherGroup });
  await give(api, { to: "maria", role: roles.reader, scope: at.group, name: guid(2) });
  await api.call("customer", "DELETE", otherGroup);
  await api.settle();
  await make(api, otherGroup, { body: { location: "westeurope" } });
  expect((await api.call("other", "GET", otherGroup)).status).toBe(404);
  expect(await api.store.roleAssignments(objectId)).toHaveLength(1);
  await api.call("operator", "DELETE", "/causeway/accounts/maria");
  expect(await api.store.roleAssignments()).toEqual([]);
});

test("what an account set going ends with it", async () => {
  await using api = await startOrdered();
  const network = {
    type: "Microsoft.Network/virtualNetworks",
    apiVersion: "2025-05-01",
    name: "n",
  };
  const template = {
    $schema: "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
    contentVersion: "1.0.0.0",
    resources: [{ ...network, ...good.vnet() }],
  };
  const path = `${at.group}/providers/Microsoft.Resources/deployments/d`;
  const gone = { name: "gone", role: "customer", objectId: guid(7) };
  const body = {
    ...{ id: path, name: "d", subscriptionId: customerSubscription, resourceGroup: "rg" },
    ...{ principal: { ...gone, subscriptionId: customerSubscription }, template, steps: [] },
    sealedParameters: sealSecret(api.deps.sealKey, "{}"),
    ...{ state: "Running", correlationId: guid(8), startedAt: "2026-01-01T00:00:00.000Z" },
  };
  const record = { kind: "deployment", key: path.toLowerCase(), body };
  await api.store.transaction((writer) => writer.putRecord(record));
  // Another start takes it up where the former one left it.
  createApi(api.deps);
  let state = "Running";
  while (state === "Running" || state === "Accepted") {
    const { body: answer } = await api.call("customer", "GET", path);
    state = String(answer["properties"]?.["provisioningState"]);
  }
  expect(state).toBe("Failed");
  expect((await api.call("customer", "GET", at.vnet("n"))).status).toBe(404);
});

test("a bad assignment hears every reason, and the same twice is refused as a twin", async () => {
  await using api = await startOrdered();
  const bad = await api.call("customer", "PUT", assignments(at.group, "x"), {
    properties: {
      roleDefinitionId: "Reader",
      principalId: guid(8),
      principalType: "Group",
      condition: "c",
      extra: 1,
    },
  });
  expect(refusalsIn(bad)).toEqual([
    "InvalidResourceName name",
    "UnknownField properties.extra",
    "RoleDefinitionDoesNotExist properties.roleDefinitionId",
    "InvalidResourceReference properties.principalId",
    "NotOffered properties.condition",
  ]);
  const whole = await give(api, { to: "otto", role: roles.operator, scope: subscription });
  expect(refusalsIn(whole)).toEqual(["InvalidParameter properties.roleDefinitionId"]);
  const root = await give(api, { to: "otto", role: roles.reader, scope: "" });
  expect(refusalsIn(root)).toEqual(["AuthorizationFailed"]);
  const nowhere = await give(api, { to: "otto", role: roles.reader, scope: `${at.group}-none` });
  expect(refusalsIn(nowhere)).toEqual(["ResourceNotFound"]);
  const once = { to: "otto", role: roles.reader, scope: at.group };
  expect((await give(api, once)).status).toBe(201);
  expect((await give(api, once)).status).toBe(201);
  expect(refusalsIn(await give(api, { ...once, name: guid(2) }))).toEqual([
    "RoleAssignmentExists name",
  ]);
  expect(refusalsIn(await give(api, { ...once, role: roles.contributor }))).toEqual([
    "ImmutableField properties.roleDefinitionId",
  ]);
  const own = await give(api, {
    to: "carl",
    role: roles.owner,
    scope: subscription,
    name: guid(3),
  });
  expect(refusalsIn(own)).toEqual(["RoleAssignmentExists name"]);
});

test("assignments are listed by scope and principal; those of the accounts stay", async () => {
  await using api = await startOrdered();
  await give(api, { to: "otto", role: roles.reader, scope: at.group });
  await give(api, { to: "otto", role: roles.reader, scope: at.vnet("vnet"), name: guid(2) });
  const otto = await objectIdOf(api, "otto");
  const listed = async (scope: string, filter = "") => {
    const query = `?api-version=2022-04-01&$filter=${encodeURIComponent(filter)}`;
    const { body } = await api.call("customer", "GET", `http://api${assignments(scope)}${query}`);
    const rows = body["value"] as unknown as {
      properties: { scope: string; principalId: string };
    }[];
    return rows.map(({ properties }) => properties.scope).sort();
  };
  expect(await listed(at.group, "atScope()")).toEqual(["/", subscription, at.group]);
  expect(await listed(at.group)).toEqual(["/", subscription, at.group, at.vnet("vnet")]);
  expect(await listed(subscription, `principalId eq '${otto}'`)).toEqual([
    at.group,
    at.vnet("vnet"),
  ]);
  expect(await listed(at.group, `atScope() and assignedTo('${otto}')`)).toEqual([at.group]);
  const { body } = await api.call("customer", "GET", assignments(subscription));
  const rows = body["value"] as unknown as { id: string }[];
  const own = rows.find(({ id }) => id.startsWith(assignments(subscription)));
  const kept = await api.call("customer", "DELETE", own?.id ?? "");
  expect([kept.status, ...refusalsIn(kept)]).toEqual([409, "ConflictError name"]);
  const one = await api.call("customer", "GET", assignments(at.group, guid(1)));
  expect(one.body).toMatchObject({
    id: assignments(at.group, guid(1)),
    type: "Microsoft.Authorization/roleAssignments",
    properties: {
      roleDefinitionId: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roles.reader.name}`,
      principalId: otto,
      principalType: "ServicePrincipal",
      scope: at.group,
    },
  });
});

test("roles are found by their name and by their public identifier", async () => {
  await using api = startApi();
  const path = "/providers/Microsoft.Authorization/roleDefinitions";
  const query = "?api-version=2022-04-01&$filter=roleName%20eq%20'Contributor'";
  const { body } = await api.call(
    "other",
    "GET",
    `http://api/subscriptions/${otherSubscription}${path}${query}`,
  );
  expect(body["value"]).toMatchObject([
    {
      name: "b24988ac-6180-42a0-ab88-20f7382dd24c",
      properties: { roleName: "Contributor", type: "BuiltInRole" },
    },
  ]);
  const one = await api.call("other", "GET", `${path}/${roles.reader.name}`);
  expect(one.body["id"]).toBe(`${path}/${roles.reader.name}`);
  expect((await api.call("other", "GET", `${path}/${guid(1)}`)).status).toBe(404);
});

test("a principal that stands for one provider sees that provider's cross connections and ports alone", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: good.circuit() });
  const key = await serviceKeyOf(api, "blue");
  const crossConnections = `/subscriptions/${providerSubscription}/providers/Microsoft.Network/expressRouteCrossConnections`;
  const ports = crossConnections.replace("CrossConnections", "ProviderPorts");
  const counts = async () => {
    const lists = [crossConnections, ports].map((path) => api.call("provider", "GET", path));
    return (await Promise.all(lists)).map(({ body }) => body["value"]?.length);
  };
  expect(await counts()).toEqual([1, 2]);
  const paula = await accountNamed(api.store, "paula");
  if (paula === undefined) throw new Error("paula is enrolled");
  const bind = (providerName: string) =>
    api.store.transaction((writer) =>
      writer.putRecord({
        ...{ kind: "account", key: paula.objectId },
        body: { ...JSON.parse(JSON.stringify(paula)), providerName },
      }),
    );
  await bind("Exchange Two");
  expect(await counts()).toEqual([0, 0]);
  expect((await provision(api, key, "Provisioned")).status).toBe(404);
  await bind("Exchange One");
  expect(await counts()).toEqual([1, 2]);
  expect((await provision(api, key, "Provisioned")).status).toBe(200);
});

test("an account is bound to a provider of the fabric, and stands where cross connections do", async () => {
  await using api = startApi();
  const put = (body: object) => api.call("operator", "PUT", "/causeway/accounts/pat", body);
  const made = await put({ role: "provider", providerName: "Exchange One" });
  expect(made.body).toMatchObject({
    providerName: "Exchange One",
    subscriptionId: providerSubscription,
  });
  for (const body of [
    { role: "provider", providerName: "Nobody" },
    { role: "customer", providerName: "Exchange One" },
  ])
    expect(refusalsIn(await put(body))).toEqual(["InvalidParameter providerName"]);
});
