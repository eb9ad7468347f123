/** What the command line offers to other clients, and how the server may be reached. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { signedIn } from "../../src/main/commands/signed-in.ts";
import { causeway, place, run, up } from "./cli-runs.ts";

type Credentials = {
  endpoint: string;
  tenantId: string;
  principals: { name: string; clientId: string; clientSecret: string; subscriptionId: string }[];
};

test("the settings for a client, read by a shell, sign it in with curl and the folder's authority", async () => {
  using here = place();
  await using server = await up(here.data);
  const file = join(here.data, "credentials.json");
  const credentials = JSON.parse(readFileSync(file, "utf8")) as Credentials;
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect([credentials.endpoint, server.endpoint]).toEqual([
    expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
    credentials.endpoint,
  ]);
  const { out: settings } = await causeway("env", "--sdk", "--data", here.data);
  const script = `${settings}
    curl -s --cacert "$SSL_CERT_FILE" "$AZURE_AUTHORITY_HOST/$AZURE_TENANT_ID/oauth2/v2.0/token" \\
      -d grant_type=client_credentials -d "client_id=$AZURE_CLIENT_ID" -d "client_secret=$AZURE_CLIENT_SECRET"`;
  const { out } = await run(["sh", "-c", script]);
  const { access_token: token } = JSON.parse(out) as { access_token: string };
  const ask = async (bearer: string) => {
    const { out: answer } = await run([
      ...[
        "curl",
        "-s",
        "--cacert",
        join(here.data, "ca.pem"),
        "-H",
        `Authorization: Bearer ${bearer}`,
      ],
      `${server.endpoint}//subscriptions/?api-version=2019-11-01`,
    ]);
    return JSON.parse(answer) as { value?: { subscriptionId: string }[] };
  };
  const customer = credentials.principals.find(({ name }) => name === "customer");
  expect((await ask(token)).value?.map(({ subscriptionId }) => subscriptionId)).toEqual([
    customer?.subscriptionId,
  ]);
  expect(await ask(customer?.clientSecret ?? "")).toMatchObject({
    error: { code: "InvalidAuthenticationToken" },
  });
  for (const client of ["--terraform", "--pulumi"]) {
    const { out: text } = await causeway("env", client, "--as", "provider", "--data", here.data);
    const { host } = new URL(server.endpoint);
    expect(text).toContain(`export ARM_METADATA_HOSTNAME='${host}'\n`);
    expect(text).toContain(
      `export ARM_SUBSCRIPTION_ID='${credentials.principals[2]?.subscriptionId}'\n`,
    );
  }
  const none = await causeway("env", "--data", here.data);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining("Name one client")]);
  const noAz = await run([
    ...["env", "PATH=/nowhere", process.execPath, "bin/causeway.mjs"],
    ...["az", "--data", here.data, "account", "show"],
  ]);
  expect([noAz.code, noAz.err]).toEqual([2, expect.stringMatching(/az is not installed.*apt-get/)]);
}, 60_000);

test("accounts are given and taken on the command line", async () => {
  using here = place();
  await using _server = await up(here.data);
  const set = await causeway("account", "set", "carla", "--kind", "user", "--data", here.data);
  expect(JSON.parse(set.out)).toMatchObject({
    name: "carla",
    kind: "user",
    secret: expect.any(String),
  });
  const list = await causeway("account", "list", "--json", "--data", here.data);
  expect((JSON.parse(list.out) as { name: string }[]).map(({ name }) => name).sort()).toEqual([
    ...["carla", "customer", "operator", "provider"],
  ]);
  const removed = await causeway("account", "remove", "carla", "--data", here.data);
  expect([removed.code, removed.out]).toEqual([0, "'carla' is removed.\n"]);
}, 60_000);

test("any address is served with TLS, and loopback alone without", async () => {
  using here = place();
  const words = ["up", "--detach", "--json", "--nodes", "simulated", "--data", here.data];
  const all = await causeway(...words, "--listen", "0.0.0.0:0");
  expect([all.code, all.out]).toEqual([0, expect.stringContaining("https://127.0.0.1:")]);
  expect((await causeway("status", "--data", here.data)).code).toBe(0);
  await causeway("stop", "--data", here.data);
  const plain = await causeway(...words, "--plain-http", "--listen", "127.0.0.1:0");
  expect([plain.code, plain.out]).toEqual([0, expect.stringContaining("http://127.0.0.1:")]);
  expect((await causeway("status", "--data", here.data)).code).toBe(0);
  await causeway("stop", "--data", here.data);
}, 60_000);

test.each([
  [["--plain-http", "--listen", "0.0.0.0:0"], "Plain HTTP is for loopback only"],
  [["--tls-cert", "a.pem"], "--tls-cert and --tls-key together"],
  [["--tls-cert", "a", "--tls-key", "b", "--plain-http"], "leave out --tls-cert"],
  [["--oidc-issuer", "nonsense"], "is no issuer"],
])("up %j is refused", async (words, said) => {
  using here = place();
  const { code, err } = await causeway("up", ...words, "--data", here.data);
  expect([code, err]).toEqual([2, expect.stringContaining(said)]);
  expect(existsSync(here.data)).toBe(false);
});

test("roles are given, listed and taken on the command line", async () => {
  using here = place();
  await using _server = await up(here.data);
  const access = (...words: string[]) =>
    causeway("access", ...words, "--data", here.data, "--as", "operator");
  const { principal } = await signedIn(here.data, "customer");
  const scope = ["--scope", `/subscriptions/${principal.subscriptionId}`];
  const given = await access("give", "provider", "--role", "reader", ...scope);
  expect([given.code, JSON.parse(given.out)]).toEqual([
    0,
    expect.objectContaining({ type: "Microsoft.Authorization/roleAssignments" }),
  ]);
  const { name } = JSON.parse(given.out) as { name: string };
  const listed = await access("list", ...scope);
  expect(listed.out).toMatch(new RegExp(`Reader +/subscriptions/.* +${name}`));
  expect(listed.out).toMatch(/Owner +\/subscriptions/);
  expect((await access("take", name, ...scope)).out).toContain("is taken away");
  expect((await access("take", name, ...scope)).out).toContain("There is no assignment");
  const wrong = await access("give", "nobody", "--role", "reader", ...scope);
  expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("Known: ")]);
  const role = await access("give", "provider", "--role", "king", ...scope);
  expect([role.code, role.err]).toEqual([2, expect.stringContaining("Owner, Contributor")]);
}, 60_000);
