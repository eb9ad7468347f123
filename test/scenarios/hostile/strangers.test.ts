/** Who is not meant to see a resource hears of it what is said of one that does not exist. */
import { decodeJwt } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Api,
  at,
  customerSubscription,
  good,
  otherSubscription,
  providerSubscription,
  startApi,
  type Who,
} from "../../../src/api/api-fixture.ts";
import { accountNamed } from "../../../src/api/sign-in/account.ts";
import { roles } from "../../../src/domain/role-definition.ts";
import { makeOneOfEach } from "../../arm-spec/one-of-each.ts";

const nowhere = "99999999-9999-4999-8999-999999999999";

let api: Api;
let ids: readonly string[] = [];
beforeAll(async () => {
  api = startApi();
  await makeOneOfEach(api);
  await api.call("other", "PUT", others(at.group), { location: "westeurope" });
  await api.call("other", "PUT", others(at.vnet("vnet")), good.vnet());
  await api.call("other", "PUT", others(at.gateway("gw")), {
    ...good.gateway(),
    properties: JSON.parse(others(JSON.stringify(good.gateway().properties))),
  });
  ids = (await api.store.list({})).map(({ id }) => id);
});
afterAll(async () => api[Symbol.asyncDispose]());

function others(text: string): string {
  return text.replaceAll(customerSubscription, otherSubscription);
}

async function said(who: Who, method: string, path: string, body?: unknown): Promise<string> {
  const response = await api.raw(
    new Request(`http://api${path}?api-version=2025-05-01`, {
      method,
      headers: { authorization: `Bearer ${await api.tokenOf(who)}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
  const headers = ["www-authenticate", "location", "azure-asyncoperation", "etag", "retry-after"];
  const shown = headers.map((name) => response.headers.get(name));
  return `${response.status} ${shown.join()} ${await response.text()}`;
}

const asks = [
  ["GET", ""],
  ["HEAD", ""],
  ["DELETE", ""],
  ["PUT", "", {}],
  ["PUT", "", { location: "westeurope", properties: {} }],
  ["PATCH", "", { tags: { mine: "1" } }],
  ["POST", "/listKeys"],
  ["POST", "/arpTables/primary"],
  ["GET", "/stats"],
  ["GET", "/providers/Microsoft.Resources/tags/default"],
  ["GET", "/providers/Microsoft.Authorization/roleAssignments"],
  ["GET", "/anything"],
] as const;

test.each(["other", "provider"] as const)(
  "%s hears nothing of a customer's resources",
  async (who) => {
    const before = JSON.stringify(await api.store.list({}));
    const different: string[] = [];
    const mine = ids.filter((id) => id.includes(customerSubscription));
    for (const id of mine) {
      for (const [method, below, body] of asks) {
        const missing = id.replace(customerSubscription, nowhere);
        const [theirs, none] = await Promise.all([
          said(who, method, id + below, body),
          said(who, method, missing + below, body),
        ]);
        if (theirs.replaceAll(customerSubscription, nowhere) !== none || !/^40[345] /.test(none)) {
          different.push(`${method} ${id}${below}: ${theirs} | ${none}`);
        }
      }
    }
    expect(mine.length).toBeGreaterThan(25);
    expect(different).toEqual([]);
    expect(JSON.stringify(await api.store.list({}))).toBe(before);
  },
);

test("a customer hears nothing of another's, nor of what the provider holds", async () => {
  const different: string[] = [];
  for (const id of ids.filter((one) => !one.includes(customerSubscription))) {
    const owner = id.includes(providerSubscription) ? providerSubscription : otherSubscription;
    for (const [method, below, body] of asks) {
      const theirs = await said("customer", method, id + below, body);
      const none = await said("customer", method, id.replace(owner, nowhere) + below, body);
      if (theirs.replaceAll(owner, nowhere) !== none)
        different.push(`${method} ${id}${below}: ${theirs} | ${none}`);
    }
  }
  expect(different).toEqual([]);
});

test("a reference to another's is refused as one to nothing", async () => {
  const different: string[] = [];
  const place = (kind: string, name: string) => others(at.network(kind, name));
  const circuit = (id: string) => ({
    ...good.connection(),
    properties: {
      connectionType: "ExpressRoute",
      virtualNetworkGateway1: { id: others(at.gateway("gw")) },
      peer: { id },
    },
  });
  const shapes: Record<string, [string, (id: string) => unknown]> = {
    "connection, circuit": [place("connections", "c"), circuit],
    "connection with a key, circuit": [
      place("connections", "c"),
      (id) => ({
        ...circuit(id),
        properties: { ...circuit(id).properties, authorizationKey: "wrong" },
      }),
    ],
    "connection, gateway": [
      place("connections", "c"),
      (id) => ({
        location: "westeurope",
        properties: {
          connectionType: "ExpressRoute",
          virtualNetworkGateway1: { id },
          peer: { id: at.circuit("none") },
        },
      }),
    ],
    "gateway, subnet": [
      place("virtualNetworkGateways", "g"),
      (id) => ({
        ...good.gateway(),
        properties: {
          ...good.gateway().properties,
          ipConfigurations: [{ properties: { subnet: { id } } }],
        },
      }),
    ],
    "gateway, address": [
      place("virtualNetworkGateways", "gw"),
      (id) => ({
        ...good.gateway(),
        properties: {
          ...good.gateway().properties,
          ipConfigurations: [
            {
              properties: {
                publicIPAddress: { id },
                subnet: { id: `${place("virtualNetworks", "vnet")}/subnets/GatewaySubnet` },
              },
            },
          ],
        },
      }),
    ],
    "circuit, port": [
      place("expressRouteCircuits", "d"),
      (id) => ({
        ...good.directCircuit(),
        properties: { bandwidthInGbps: 1, expressRoutePort: { id } },
      }),
    ],
    "network peering": [
      `${place("virtualNetworks", "vnet")}/virtualNetworkPeerings/p`,
      (id) => ({ properties: { remoteVirtualNetwork: { id } } }),
    ],
    "machine, subnet": [
      others(at.machine("m")),
      (id) => ({ location: "westeurope", properties: { subnet: { id } } }),
    ],
    "hub, wan": [
      place("virtualHubs", "h"),
      (id) => ({
        location: "westeurope",
        properties: { virtualWan: { id }, addressPrefix: "10.30.0.0/23" },
      }),
    ],
    "hub gateway, hub": [
      place("expressRouteGateways", "h"),
      (id) => ({ location: "westeurope", properties: { virtualHub: { id } } }),
    ],
  };
  for (const [what, [path, body]] of Object.entries(shapes)) {
    for (const id of ids.filter(
      (one) => one.includes(customerSubscription) && one.split("/").length > 5,
    )) {
      const missing = id.replace(customerSubscription, nowhere);
      const theirs = await said("other", "PUT", path, body(id));
      const none = await said("other", "PUT", path, body(missing));
      if (theirs.replaceAll(customerSubscription, nowhere) !== none || !/^40\d /.test(theirs)) {
        different.push(`${what} ${id.slice(60)}: ${theirs.slice(0, 600)} | ${none.slice(0, 600)}`);
      }
    }
  }
  expect(different).toEqual([]);
});

test("without a good token every resource, every verb and every id gets the same answer", async () => {
  const token = await api.tokenOf("customer");
  const [head = "", claims = "", signature = ""] = token.split(".");
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const { iat, ...said } = decodeJwt(token);
  const tokens = {
    none: undefined,
    unsigned: `${encode({ alg: "none", typ: "JWT" })}.${claims}.`,
    "of a foreign tenant": `${head}.${encode({ ...said, iat, tid: nowhere })}.${signature}`,
    "for something else": `${head}.${encode({ ...said, iat, aud: "https://other" })}.${signature}`,
    "long over": `${head}.${encode({ ...said, iat: 1, exp: 2 })}.${signature}`,
    "of a megabyte": "a".repeat(1_000_000),
  };
  const before = JSON.stringify(await api.store.list({}));
  for (const [what, bad] of Object.entries(tokens)) {
    const answers = new Set<string>();
    for (const id of [
      ...ids,
      at.circuit("none"),
      at.circuit("none").replace(customerSubscription, nowhere),
    ]) {
      for (const [method, below, body] of asks) {
        if (method === "HEAD") continue;
        const response = await api.raw(
          new Request(`http://api${id}${below}?api-version=2025-05-01`, {
            method,
            headers: bad === undefined ? {} : { authorization: `Bearer ${bad}` },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          }),
        );
        answers.add(`${response.status} ${await response.text()}`);
      }
    }
    expect([what, ...answers]).toEqual([what, expect.stringMatching(/^401 \{"error":/)]);
  }
  expect(JSON.stringify(await api.store.list({}))).toBe(before);
});

test("another's operation is one that does not exist", async () => {
  const put = await api.call("customer", "PUT", at.vnet("more"), good.vnet("10.77.0.0/16"));
  const link = put.headers.get("azure-asyncoperation") ?? "";
  const id = /operations\/([^?]+)/.exec(link)?.[1] ?? "";
  for (const kind of ["operations", "operationResults"]) {
    const path = (operation: string) =>
      `/subscriptions/${otherSubscription}/providers/Microsoft.Network/locations/westeurope/${kind}/${operation}`;
    const theirs = await said("other", "GET", path(id));
    expect(theirs).toMatch(/^404 /);
    expect(theirs.replaceAll(id, nowhere)).toBe(await said("other", "GET", path(nowhere)));
  }
});

test("whoever may read one circuit hears nothing of those beside it", async () => {
  const reader = `/subscriptions/${customerSubscription}/providers/Microsoft.Authorization/roleDefinitions/${roles.reader.name}`;
  const principalId = (await accountNamed(api.store, "otto"))?.objectId;
  const assignment = `${at.circuit("blue")}/providers/Microsoft.Authorization/roleAssignments/${nowhere}`;
  const given = await api.call("customer", "PUT", assignment, {
    properties: { roleDefinitionId: reader, principalId },
  });
  expect(given.status).toBe(201);
  expect(await said("other", "GET", at.circuit("blue"))).toMatch(/^200 /);
  for (const [method, below, body] of asks) {
    const theirs = await said("other", method, at.circuit("green") + below, body);
    const none = await said("other", method, at.circuit("absent") + below, body);
    expect([method, below, theirs.replaceAll("green", "absent")]).toEqual([method, below, none]);
    expect(none).toMatch(/^40[345] /);
  }
  const list = await api.call("other", "GET", at.circuit("").slice(0, -1));
  const rows = list.body["value"] as unknown as { name: string }[];
  expect(rows.map(({ name }) => name)).toEqual(["blue"]);
});
