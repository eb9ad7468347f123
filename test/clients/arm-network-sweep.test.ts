/**
 * Every operation of the published libraries, of both generations, against one resource of each type: what they give is
 * what the server holds, and what is refused is refused with its code. The libraries are unchanged; their requests
 * are handed to the server in this process, so that a sweep takes seconds. Over HTTPS they are in arm-network.test.ts.
 */
// uses: *
import {
  NetworkManagementClient as Client36,
  type NetworkManagementClientOptionalParams,
} from "@azure/arm-network";
import { NetworkManagementClient as Client39 } from "arm-network-39";
import { describe, expect, test } from "vitest";
import {
  type Api,
  customerSubscription,
  providerSubscription,
  startApi,
  type Who,
} from "../../src/api/api-fixture.ts";
import { makeOneOfEach } from "../arm-spec/one-of-each.ts";
import { operationsOf, type SpecOperation } from "../arm-spec/specification.ts";
import type { Answer } from "./arm-network.ts";
import { argumentsOf, isOfProvider, namesIn, pathOf, queryOf } from "./sweep-arguments.ts";

const generations = [
  { version: "2025-05-01", Client: Client36 },
  { version: "2026-01-01", Client: Client39 },
] as const;

/** Reads come first, and what takes away comes last, from the leaves on. */
const order = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE"];
const depthOf = ({ path }: SpecOperation) => path.split("/").length;

describe.each(generations)("arm-network for $version", ({ version, Client }) => {
  test("every operation is answered: with what the server holds, or with a code", async () => {
    await using api = startApi();
    await makeOneOfEach(api);
    const clients = {
      customer: clientOf(Client, api, { who: "customer", subscription: customerSubscription }),
      provider: clientOf(Client, api, { who: "provider", subscription: providerSubscription }),
    };
    const wrong: string[] = [];
    let typed = 0;
    for (const operation of sorted(operationsOf(version))) {
      const who = isOfProvider(operation) ? "provider" : "customer";
      const found = await called(api, operation, { who, client: clients[who] });
      if (found === "typed") typed += 1;
      else if (found !== "refused")
        wrong.push(`${operation.group}.${operation.operation}: ${found}`);
    }
    expect(wrong).toEqual([]);
    expect(typed).toBeGreaterThan(100);
  }, 600_000);
});

function sorted(operations: readonly SpecOperation[]): readonly SpecOperation[] {
  const rank = (one: SpecOperation) =>
    order.indexOf(one.method) * 1_000 + (one.method === "DELETE" ? -depthOf(one) : depthOf(one));
  return [...operations].sort((one, other) => rank(one) - rank(other));
}

type Asked = { readonly who: "customer" | "provider"; readonly client: object };

async function called(api: Api, operation: SpecOperation, { who, client }: Asked): Promise<string> {
  const isOfClient = operation.group === "(client)";
  const group = isOfClient ? client : Reflect.get(client, operation.group);
  if (group === undefined) return "the library has no such group";
  const name = operation.operation;
  const waiting = `begin${name[0]?.toUpperCase()}${name.slice(1)}AndWait`;
  const method: Answer = Reflect.get(group, waiting) ?? Reflect.get(group, name);
  if (method === undefined) return "the library has no such operation";
  const names = namesIn(operation.path, await api.store.list({}));
  const subscription = who === "provider" ? providerSubscription : customerSubscription;
  const path = pathOf(operation, names, subscription);
  // The options are the last parameter, where they are counted.
  const needed =
    method.length === names.length + 1 || !isOfClient ? method.length - 1 : method.length;
  const body = await bodyOf(group, operation, names);
  const outcome = await result(method, group, argumentsOf(operation, names, { needed, body }));
  if ("refusal" in outcome) return codeOf(outcome.refusal);
  if (operation.method !== "GET") return "typed";
  const { status, body: raw } = await api.call(who, "GET", `${path}${queryOf(operation)}`);
  if (status !== 200) return `typed, where the server answers ${status}`;
  return difference(outcome.value, raw) ?? "typed";
}

/** What is sent back as it was read, as programs do. */
async function bodyOf(
  group: Answer,
  { method }: SpecOperation,
  names: readonly string[],
): Promise<unknown> {
  if (method === "PATCH") return { tags: { swept: "yes" } };
  if (method !== "PUT" || group.get === undefined) return undefined;
  return group.get(...names).catch(() => undefined);
}

type Outcome = { readonly value: unknown } | { readonly refusal: Answer };

async function result(method: Answer, group: object, args: readonly unknown[]): Promise<Outcome> {
  try {
    const answer: unknown = method.apply(group, args);
    if (
      typeof answer !== "object" ||
      answer === null ||
      !(Symbol.asyncIterator in answer) ||
      "then" in answer
    )
      return { value: await answer };
    const rows: unknown[] = [];
    for await (const row of answer as AsyncIterable<unknown>) rows.push(row);
    return { value: rows };
  } catch (refusal) {
    return { refusal };
  }
}

/** A refusal of ours has a status and a code; an operation that failed has its code in the message. */
function codeOf(refusal: Answer): string {
  const code = refusal.code ?? /failed\. (\w+)/.exec(refusal.message)?.[1];
  if (refusal.statusCode === 401) return `${refusal.message}`;
  const known = typeof code === "string" && /^[A-Z]\w+$/.test(code);
  if (known && !code.startsWith("Internal") && refusal.statusCode !== 500) return "refused";
  return `${refusal.name} ${refusal.statusCode} ${refusal.message}`.slice(0, 200);
}

/** Where the typed result is not what was answered. */
function difference(value: Answer, raw: Answer): string | undefined {
  const rows = Array.isArray(value) ? value : value?.value;
  if (Array.isArray(rows) && Array.isArray(raw.value)) {
    const [told, held] = [rows, raw.value].map((all) => all.map((row: Answer) => row.name).join());
    return told === held ? undefined : `rows ${told}; the server has ${held}`;
  }
  const plain = { ...raw.properties, ...raw };
  for (const [field, held] of Object.entries(plain)) {
    if (typeof held === "object" || !(field in Object(value))) continue;
    if (value[field] !== held) return `${field} is ${value[field]}; the server has ${held}`;
  }
  return undefined;
}

/** The libraries send tokens over TLS alone; the server in this process has none. */
const [SECURE, PLAIN] = ["https://api", "http://api"];

type Transport = NonNullable<NetworkManagementClientOptionalParams["httpClient"]>;

function clientOf(
  Client: typeof Client36 | typeof Client39,
  api: Api,
  { who, subscription }: { who: Who; subscription: string },
): object {
  const expiresOnTimestamp = Date.now() + 3_600_000;
  const credential = {
    getToken: async () => ({ token: await api.tokenOf(who), expiresOnTimestamp }),
  };
  const httpClient: Transport = {
    async sendRequest(request) {
      // Every node agrees at once: what was written before is done.
      await api.settle();
      const { method, url, body } = request;
      const headers = new Headers(request.headers.toJSON());
      const sent = body === undefined || body === null ? {} : { body: String(body) };
      const response = await api.raw(
        new Request(url.replace(SECURE, PLAIN), { method, headers, ...sent }),
      );
      const heard = [...response.headers].map(([name, value]) => [
        name,
        value.replace(PLAIN, SECURE),
      ]);
      // The library's own class: it is of no package that is imported here.
      const HttpHeaders = Object.getPrototypeOf(request.headers).constructor;
      const text = (await response.text()).replaceAll(PLAIN, SECURE);
      return {
        request,
        status: response.status,
        headers: new HttpHeaders(Object.fromEntries(heard)),
        bodyAsText: text,
      };
    },
  };
  const options = {
    endpoint: SECURE,
    httpClient,
    retryOptions: { maxRetries: 0 },
  };
  // Both take the same; their types say so each in its own way.
  return new (Client as typeof Client36)(credential, subscription, options);
}
