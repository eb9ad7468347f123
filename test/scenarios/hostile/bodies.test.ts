/** Requests that are no requests: each is refused as the sender's fault, fast, and leaves nothing behind. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Api, at, good, make, makeGroup, startApi } from "../../../src/api/api-fixture.ts";
import { seededRandom } from "../../../src/base/random.ts";
import { faultLog } from "./fault-log.ts";

type Body = string | Uint8Array | URLSearchParams | ReadableStream;

let api: Api;
const { log, faults } = faultLog();
beforeAll(async () => {
  api = startApi({ log });
  await makeGroup(api);
  await make(api, at.circuit("blue"), { body: { ...good.circuit(), tags: { kept: "yes" } } });
});
afterEach(() => expect(faults.splice(0)).toEqual([]));
afterAll(async () => api[Symbol.asyncDispose]());

async function send(
  path: string,
  body: Body,
  method = "PUT",
  headers = {},
): Promise<[number, string]> {
  const response = await api.raw(
    new Request(`http://api${path}?api-version=2025-05-01`, {
      method,
      headers: { authorization: `Bearer ${await api.tokenOf("customer")}`, ...headers },
      // Bytes of any buffer are a body, though the types of Node do not say so.
      body: body as string,
      // A stream as a body has no length.
      ...(body instanceof ReadableStream ? { duplex: "half" } : {}),
    }),
  );
  const text = await response.text();
  const { error } = JSON.parse(text === "" ? "{}" : text) as { error?: { code: string } };
  return [response.status, error?.code ?? ""];
}

/** Where bodies are read: resources, groups, actions, tags, deployments, roles, hooks. */
const places: readonly [string, string][] = [
  ["PUT", at.circuit("blue")],
  ["PUT", at.circuit("new")],
  ["PATCH", at.circuit("blue")],
  ["PUT", at.group],
  ["PUT", `${at.circuit("blue")}/providers/Microsoft.Resources/tags/default`],
  ["PUT", `${at.group}/providers/Microsoft.Resources/deployments/d`],
  ["POST", `${at.group}/providers/Microsoft.Resources/deployments/d/validate`],
  [
    "PUT",
    `${at.group}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000000a`,
  ],
  ["PUT", "/causeway/webhooks/one"],
];

const deep = (open: string, close: string) => open.repeat(100_000) + close.repeat(100_000);

const bodies: readonly [string, () => Body, number[]][] = [
  ["ten megabytes", () => `{"location":"${"x".repeat(10_000_000)}"}`, [413]],
  [
    "ten megabytes of no stated length",
    () => streamOf(10, () => new Uint8Array(1_000_000).fill(0x20)),
    [413],
  ],
  ["a hundred thousand lists in lists", () => deep("[", "]"), [400]],
  ["a hundred thousand objects in objects", () => deep('{"a":', "}").replace("}", "1}"), [400]],
  ["lists that never end", () => "[".repeat(100_000), [400]],
  ["half a document", () => '{"location":"westeu', [400]],
  ["two documents", () => "{}{}", [400]],
  ["a list", () => "[1]", [400]],
  ["a text", () => '"text"', [400]],
  ["a number", () => "7", [400]],
  ["null", () => "null", [400]],
  ["a number that is none", () => '{"properties":NaN}', [400]],
  [
    "bytes that are not UTF-8",
    () => new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]),
    [400],
  ],
  ["UTF-16", () => Buffer.from('{"location":"westeurope"}', "utf16le"), [400]],
  ["a form", () => new URLSearchParams({ location: "westeurope" }), [400]],
];

test("a body that breaks off is no fault of ours", async () => {
  const broken = () =>
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"location":"west')),
      pull: (controller) => controller.error(new Error("the client has gone")),
    });
  for (const [method, path] of places) {
    expect([path, ...(await send(path, broken(), method))]).toEqual([
      path,
      400,
      "InvalidRequestContent",
    ]);
  }
});

function streamOf(chunks: number, chunk: () => Uint8Array): ReadableStream {
  let sent = 0;
  return new ReadableStream({
    pull: (controller) => {
      sent += 1;
      if (sent > chunks) controller.close();
      else controller.enqueue(chunk());
    },
  });
}

test.each(bodies)("%s is refused wherever a body is read", async (_, body, statuses) => {
  const before = JSON.stringify(await api.store.list({}));
  const answers: unknown[] = [];
  for (const [method, path] of places) {
    const [status, code] = await send(path, body(), method);
    if (!statuses.includes(status) || code === "") answers.push([method, path, status, code]);
  }
  expect(answers).toEqual([]);
  expect(JSON.stringify(await api.store.list({}))).toBe(before);
});

test("random bytes are refused, whatever they are", async () => {
  const random = seededRandom(7);
  const before = JSON.stringify(await api.store.list({}));
  const wrong: unknown[] = [];
  const text = Buffer.from(JSON.stringify(good.circuit()));
  for (let round = 0; round < 300; round += 1) {
    const [method, path] = places[round % places.length] ?? ["PUT", ""];
    const [length = 0, cut = 0, put = 0] = random.bytes(3);
    const noise = random.bytes(length + 1);
    // Every other one is good JSON with noise inside.
    const mixed = Buffer.concat([
      text.subarray(0, cut),
      noise.subarray(0, 1 + (put % 4)),
      text.subarray(cut),
    ]);
    const [status, code] = await send(path, round % 2 ? mixed : noise, method);
    if (status < 400 || status >= 500) wrong.push([method, path, status, code, round]);
  }
  expect(wrong).toEqual([]);
  expect(JSON.stringify(await api.store.list({}))).toBe(before);
});

test("paths and queries of any kind are answered", async () => {
  const random = seededRandom(11);
  const odd = [
    "%00",
    "%2e%2e",
    "%ff",
    "%",
    "..",
    "%2F",
    "%252F",
    "constructor",
    "__proto__",
    "{}",
    "%F0%9F%9A%80",
    "a".repeat(5_000),
    "'; DROP TABLE resources;--",
    "%0d%0aX:1",
    " ",
  ];
  const pieces = [
    ...at.peering("blue").split("/"),
    "stats",
    "arpTables",
    "primary",
    "locations",
    "operations",
    "operationResults",
    "expressRouteServiceProviders",
    "metadata",
    "endpoints",
    "causeway",
    ...odd,
  ];
  const queries = [
    "api-version=2025-05-01",
    "api-version=",
    "api-version=2025-05-01&$top=-1",
    "api-version=2025-05-01&$top=x&$skiptoken=%ff",
    "api-version=2025-05-01&$filter=' or 1 eq 1",
    "api-version=2025-05-01&$skiptoken=%00",
    "api-version=2025-05-01&$expand=__proto__",
  ];
  const verbs = ["GET", "HEAD", "DELETE", "PATCH", "POST", "OPTIONS", "PUT", "PROPFIND"];
  const wrong: unknown[] = [];
  const pick = <Item>(all: readonly Item[]) => all[(random.bytes(2)[0] ?? 0) % all.length] as Item;
  for (let round = 0; round < 2_000; round += 1) {
    const whole = at.peering("blue").split("/");
    const place = 1 + ((random.bytes(1)[0] ?? 0) % whole.length);
    whole[place] = pick(pieces);
    const path =
      round % 2
        ? whole.join("/")
        : `/${Array.from({ length: place }, () => pick(pieces)).join("/")}`;
    const url = `http://api${path}?${pick(queries)}`;
    const method = pick(verbs);
    if (method === "DELETE" && !odd.some((one) => path.includes(one))) continue;
    const response = await api.raw(
      new Request(url, {
        method,
        headers: { authorization: `Bearer ${await api.tokenOf("customer")}` },
      }),
    );
    if (response.status >= 500) wrong.push([method, url.slice(0, 300), response.status]);
  }
  expect(wrong).toEqual([]);
});
