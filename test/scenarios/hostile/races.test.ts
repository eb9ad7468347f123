/** Many writers at once: every answer is whole, and what is left is what one of them asked for. */
import { expect, test } from "vitest";
import {
  at,
  good,
  make,
  makeGroup,
  makeProvisioned,
  refusalsIn,
  startApi,
} from "../../../src/api/api-fixture.ts";

const writers = 200;

test("of two hundred parallel PUTs the last state is one of them, whole, with one version", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: good.circuit() });
  const asked = (n: number) => ({
    ...good.circuit(n % 2 ? 50 : 200),
    tags: { writer: String(n), bandwidth: n % 2 ? "50" : "200" },
  });
  const answers = await Promise.all(
    Array.from({ length: writers }, (_, n) =>
      api.call("customer", "PUT", at.circuit("blue"), asked(n)),
    ),
  );
  for (const [n, { status, body }] of answers.entries()) {
    if (status === 200) expect(body["tags"]).toEqual(asked(n).tags);
    // A circuit does not shrink.
    else expect(status).toBe(400);
  }
  const stored = await api.store.read(at.circuit("blue"));
  const { body, headers } = await api.call("customer", "GET", at.circuit("blue"));
  const last = Number(body["tags"]?.["writer"]);
  expect(body["tags"]).toEqual(asked(last).tags);
  expect(body["properties"]?.["serviceProviderProperties"]).toEqual(
    asked(last).properties.serviceProviderProperties,
  );
  expect(headers.get("etag")).toBe(body["etag"]);
  const winner = answers[last];
  expect(winner?.body["etag"]).toBe(body["etag"]);
  const versions = answers
    .filter(({ status }) => status === 200)
    .map(({ body: one }) => String(one["etag"]));
  expect(new Set(versions).size).toBe(versions.length);
  expect(stored?.generation).toBe(versions.length + 1);
  expect(await api.store.allocations("stag/ams-nni")).toHaveLength(1);
  await api.settle();
  for (const { headers: sent } of answers) {
    const operation = sent.get("azure-asyncoperation");
    if (operation === null) continue;
    expect((await api.call("customer", "GET", operation)).body["status"]).toBe("Succeeded");
  }
});

test("the same PUT twice at once makes one, and says so to both", async () => {
  await using api = startApi();
  await makeGroup(api);
  const paths: readonly [string, unknown][] = [
    [at.circuit("blue"), good.circuit()],
    [at.vnet("vnet"), good.vnet()],
    [at.port("port"), good.port()],
    [`${at.circuit("blue")}/authorizations/a`, {}],
    [at.gateway("gw"), good.gateway()],
  ];
  for (const [path, body] of paths) {
    const [one, two] = await Promise.all([
      api.call("customer", "PUT", path, body),
      api.call(
        "customer",
        "PUT",
        path.toUpperCase().replace("/SUBSCRIPTIONS", "/subscriptions"),
        body,
      ),
    ]);
    expect([path, one.status, two.status]).toEqual([path, 201, 200]);
    expect(two.body).toEqual(one.body);
    await api.settle();
    for (const { headers } of [one, two]) {
      const operation = headers.get("azure-asyncoperation") ?? "";
      expect((await api.call("customer", "GET", operation)).body["status"]).toBe("Succeeded");
    }
  }
});

test("of fifty who hold the same version exactly one wins, round after round", async () => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  for (let round = 0; round < 5; round += 1) {
    const { body: held } = await api.call("customer", "GET", at.vnet("vnet"));
    const headers = { "if-match": String(held["etag"]) };
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => {
        const tags = { writer: `${round}-${n}` };
        const method = n % 3 === 0 ? "PATCH" : "PUT";
        const body = method === "PATCH" ? { tags } : { ...good.vnet(), tags };
        return api.callWith("customer", { method, path: at.vnet("vnet"), body, headers });
      }),
    );
    const won = answers.flatMap(({ status }, n) => (status === 200 ? [n] : []));
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(49);
    const { body } = await api.call("customer", "GET", at.vnet("vnet"));
    expect(body["tags"]).toEqual({ writer: `${round}-${won[0]}` });
  }
});

test("of those who write and delete one version at once, one wins", async () => {
  await using api = startApi();
  await makeGroup(api);
  const created = await Promise.all(
    Array.from({ length: 20 }, () =>
      api.callWith("customer", {
        method: "PUT",
        path: at.vnet("vnet"),
        body: good.vnet(),
        headers: { "if-none-match": "*" },
      }),
    ),
  );
  expect(created.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(19).fill(412)]);
  const headers = {
    "if-match": String(created.find(({ status }) => status === 201)?.body["etag"]),
  };
  const answers = await Promise.all([
    api.callWith("customer", { method: "DELETE", path: at.vnet("vnet"), headers }),
    api.callWith("customer", {
      method: "PUT",
      path: at.vnet("vnet"),
      body: { ...good.vnet(), tags: { a: "1" } },
      headers,
    }),
    api.callWith("customer", { method: "DELETE", path: at.vnet("vnet"), headers }),
  ]);
  // What has gone is gone for who deletes it again: 204.
  expect(answers.filter(({ status }) => status === 200 || status === 202)).toHaveLength(1);
  expect((await api.store.list({ type: "Microsoft.Network/virtualNetworks/subnets" })).length).toBe(
    (await api.store.read(at.vnet("vnet"))) === undefined ? 0 : 2,
  );
});

test("circuits come and go at once, and nothing stays that has no owner", async () => {
  await using api = startApi();
  await makeGroup(api);
  const names = Array.from({ length: 30 }, (_, n) => `c${n}`);
  await Promise.all(
    names.flatMap((name) => [
      api.call("customer", "PUT", at.circuit(name), good.circuit()),
      api.call("customer", "PUT", `${at.circuit(name)}/authorizations/a`, {}),
      api.call("customer", "DELETE", at.circuit(name)),
      api.call("customer", "PUT", at.circuit(name), good.circuit()),
    ]),
  );
  await api.settle();
  const rows = await api.store.list({});
  const ids = new Set(rows.map(({ id }) => id));
  expect(rows.filter(({ parentId }) => parentId !== undefined && !ids.has(parentId))).toEqual([]);
  const circuits = rows.filter(({ type }) => type.endsWith("/expressRouteCircuits"));
  const crossings = rows.filter(({ type }) => type.endsWith("/expressRouteCrossConnections"));
  expect(crossings).toHaveLength(circuits.length);
  expect(await api.store.allocations("stag/ams-nni")).toHaveLength(circuits.length);
});

test("two peerings, circuits or networks that want the same thing at once do not both get it", async () => {
  await using api = startApi();
  await makeGroup(api);
  await makeProvisioned(api, "blue");
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  const subnets = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      api.call("customer", "PUT", `${at.vnet("vnet")}/subnets/s${n}`, {
        properties: { addressPrefix: "10.1.9.0/24" },
      }),
    ),
  );
  expect(subnets.filter(({ status }) => status === 201)).toHaveLength(1);
  const gateways = await Promise.all(
    Array.from({ length: 5 }, (_, n) =>
      api.call("customer", "PUT", at.gateway(`g${n}`), good.gateway()),
    ),
  );
  expect(
    gateways.map((one) => (one.status === 201 ? "made" : refusalsIn(one)[0]?.split(" ")[0])).sort(),
  ).toEqual([...Array<string>(4).fill("GatewayExists"), "made"]);
});
