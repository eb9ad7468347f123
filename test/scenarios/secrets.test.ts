/** Secrets are planted by every way in, and looked for wherever something is written down or told. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clientCredentials } from "../../src/client/token-source.ts";
import { signedIn } from "../../src/main/commands/signed-in.ts";
import * as bodies from "../../src/main/demo/bodies.ts";
import { orderCircuit, prepareCloud } from "../../src/main/demo/order.ts";
import { causeway, place, up } from "./cli-runs.ts";
import { variantNamed } from "./world-orders.ts";

const planted = {
  sharedKey: "PlantedMd5Key0000000001",
  refusedSharedKey: "Planted-Md5-Key-That-Is-Far-Too-Long",
  webhook: "planted-webhook-secret-0002",
  refusedWebhook: "planted-short-3",
  guessed: "planted-guess-of-a-client-secret-0004",
  guessedKey: "planted-authorization-key-0005",
  urlPassword: "planted-url-password-0006",
  ckn: "5eed0c0ffee0000000000007",
  cak: "5eed0c0ffee00000000000000000cafe",
  refusedCak: "5eed0bad00000000000000000bad0bad00",
};

const vault = (name: string) => `https://keys.example.net/secrets/${name}`;

/** Files that are there to hold secrets, open to their owner alone. */
const keepers = ["credentials.json", "seal.key", "ca.key", "server.key"];

test("no secret is in the log, the store's file, the activity, an event or an error", async () => {
  using here = place();
  const { data } = here;
  const file = join(here.path, "secrets.json");
  const secrets: Record<string, string> = { ...planted };
  const told: string[] = [];
  const keep = (subscriptionId: string) => {
    const secrets = (["ckn", "cak", "refusedCak"] as const).map((name) => ({
      ...{ subscriptionId, identifier: vault(name), value: planted[name] },
    }));
    writeFileSync(file, JSON.stringify({ secrets }), { mode: 0o600 });
  };
  keep("");
  await (async () => {
    await using server = await up(data, "--secrets", file);
    const sides = {
      customer: await signedIn(data, "customer"),
      provider: await signedIn(data, "provider"),
      operator: await signedIn(data, "operator"),
    };
    const { client: customer, credentials } = sides.customer;
    for (const { name, clientSecret } of credentials.principals)
      secrets[`${name}'s`] = clientSecret;
    keep(sides.customer.principal.subscriptionId);
    const variant = variantNamed("exchange-l2");
    const names = bodies.namesOf(variant, sides.customer.principal.subscriptionId);
    const parties = {
      ...{ customer, provider: sides.provider.client, operator: sides.operator.client },
      customerSubscription: sides.customer.principal.subscriptionId,
      providerSubscription: sides.provider.principal.subscriptionId,
    };
    await prepareCloud(parties, variant, names);
    const pending = await orderCircuit(parties, variant, { names, index: 0 });
    for (const operation of pending) await parties.operator.waitFor(operation);

    const peering = await customer.get(names.peering(0));
    const withKey = (sharedKey: string) => ({
      properties: { ...peering.properties, sharedKey },
    });
    await customer.waitFor(await customer.put(names.peering(0), withKey(planted.sharedKey)));
    const authorization = await customer.put(`${names.circuit(0)}/authorizations/mine`, {});
    secrets["authorization key"] = String(authorization.body.properties["authorizationKey"]);
    expect(secrets["authorization key"]).toMatch(/^[0-9a-f-]{36}$/);
    expect((await customer.get(authorization.body.id)).properties["authorizationKey"]).toBe(
      secrets["authorization key"],
    );
    const account = await sides.operator.client.put<{ secret: string }>(
      "/causeway/accounts/planted",
      { role: "customer" },
    );
    secrets["account's"] = account.body.secret;
    const hook = { url: "http://127.0.0.1:9/", secret: planted.webhook };
    await customer.put("/causeway/webhooks/mine", hook);

    const ports = bodies.ports(variantNamed("direct-qinq"), "Disabled");
    const withKeys = (cak: string) => {
      const [cknSecretIdentifier, cakSecretIdentifier] = [vault("ckn"), vault(cak)];
      const macSecConfig = { cknSecretIdentifier, cakSecretIdentifier };
      const links = [{ name: "link1", properties: { macSecConfig } }];
      return { ...ports, properties: { ...(ports as { properties: object }).properties, links } };
    };
    await customer.waitFor(await customer.put(names.port, withKeys("cak")));
    told.push(JSON.stringify(await customer.get(names.port)));
    expect(told.join()).toContain("NotCarried");

    const refused = async (asked: Promise<unknown>) => {
      const error = await asked.then(
        () => new Error("it was taken"),
        (reason: unknown) => reason,
      );
      expect(String(error)).not.toContain("it was taken");
      told.push(JSON.stringify(error), String(error));
    };
    await refused(customer.put(names.peering(0), withKey(planted.refusedSharedKey)));
    await refused(customer.put(names.port, withKeys("refusedCak")));
    const { url } = hook;
    await refused(customer.put("/causeway/webhooks/x", { url, secret: planted.refusedWebhook }));
    const withPassword = `https://me:${planted.urlPassword}@hooks.example.net/`;
    await refused(customer.put("/causeway/webhooks/x", { ...hook, url: withPassword }));
    await refused(
      customer.put(names.connection(0).replace("connection-1", "other"), {
        location: variant.region,
        properties: {
          connectionType: "ExpressRoute",
          authorizationKey: planted.guessedKey,
          virtualNetworkGateway1: { id: names.gateway(0) },
          peer: { id: `${names.circuit(0).replace(/subscriptions.[^/]+/, "subscriptions/other")}` },
        },
      }),
    );
    const { endpoint, tenantId } = credentials;
    const { clientId } = sides.customer.principal;
    await refused(
      clientCredentials({ endpoint, tenantId, clientId, clientSecret: planted.guessed })(),
    );
    // Another write, so that the webhook has something to fail with.
    await customer.patch(names.circuit(0), { tags: { looked: "for" } });

    const operator = sides.operator.principal;
    const token = await clientCredentials({ endpoint, tenantId, ...operator })();
    secrets["token"] = token;
    const headers = { authorization: `Bearer ${token}`, "last-event-id": "0" };
    const stream = await fetch(`${endpoint}/causeway/events`, { headers });
    const reader = stream.body?.getReader();
    let events = "";
    while (!events.includes("event: session") || !events.includes("/authorizations/mine"))
      events += new TextDecoder().decode((await reader?.read())?.value);
    told.push(events);
    const activity = await causeway(
      "activity",
      "--as",
      "operator",
      "--json",
      "--limit",
      "500",
      "--data",
      data,
    );
    expect(activity.out).toContain("properties.sharedKey");
    told.push(activity.out);
    for (const path of ["/causeway/nodes", "/causeway/webhooks", "/causeway/accounts"])
      told.push(JSON.stringify(await sides.operator.client.get(path)));
    for (const path of [names.circuit(0).split("/expressRoute")[0] ?? "", names.group])
      told.push(await readAll(sides.provider.client, path));
    told.push(...writtenIn(server.data));
    // The stream is left open: a server that is told to stop hangs up.
  })();
  told.push(...writtenIn(data));
  for (const [what, secret] of Object.entries(secrets)) {
    expect([what, secret.length > 10]).toEqual([what, true]);
    expect([what, told.filter((text) => text.includes(secret)).length]).toEqual([what, 0]);
  }
}, 120_000);

/** What another party gets told of it. */
async function readAll(
  client: { get(path: string): Promise<unknown> },
  path: string,
): Promise<string> {
  return client.get(path).then(JSON.stringify, String);
}

/** All that the server writes, as it lies on the disk. */
function writtenIn(data: string): readonly string[] {
  const files = readdirSync(data, { withFileTypes: true, recursive: true });
  const names = files.filter((file) => file.isFile() && !keepers.includes(file.name));
  expect(names.map(({ name }) => name)).toEqual(
    expect.arrayContaining(["store.sqlite", "server.log"]),
  );
  return names.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1"));
}
