/** The published JavaScript clients of two generations behind one call, signed in by a client's secret. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NetworkManagementClient as Client36 } from "@azure/arm-network";
import { ClientSecretCredential } from "@azure/identity";
import { NetworkManagementClient as Client39 } from "arm-network-39";
import type { Credentials } from "../../src/main/data-folder.ts";

export const generations = [36, 39] as const;
export type Generation = (typeof generations)[number];
export type Who = "operator" | "customer" | "provider";

/** Calls `client.<group>.<operation>(…)`: waits for its poller, and reads every page of a list. */
export type ArmNetwork = (group: string, operation: string, ...args: unknown[]) => Promise<Answer>;
// biome-ignore lint/suspicious/noExplicitAny: two generations of models, compared field by field in the tests
export type Answer = any;

/** Signs in when it is first used, once. */
export function armNetwork(data: string, who: Who, generation: Generation): ArmNetwork {
  let client: Client36 | Client39 | undefined;
  return async (group, operation, ...args) => {
    client ??= clientOf(data, who, generation);
    const methods = Reflect.get(client, group) as Record<string, (...args: unknown[]) => unknown>;
    const waiting = `begin${operation[0]?.toUpperCase()}${operation.slice(1)}AndWait`;
    const method = methods[waiting] ?? methods[operation];
    if (method === undefined)
      throw new Error(`generation ${generation} has no ${group}.${operation}`);
    const result: unknown = method.apply(methods, args);
    return isPaged(result) ? collected(result) : await result;
  };
}

function clientOf(data: string, who: Who, generation: Generation): Client36 | Client39 {
  const { endpoint, tenantId, principals } = JSON.parse(
    readFileSync(join(data, "credentials.json"), "utf8"),
  ) as Credentials;
  const principal = principals.find(({ name }) => name === who);
  if (principal === undefined) throw new Error(`there is no principal ${who}`);
  const tlsOptions = { ca: readFileSync(join(data, "ca.pem"), "utf8") };
  const { clientId, clientSecret, subscriptionId } = principal;
  const credential = new ClientSecretCredential(tenantId, clientId, clientSecret, {
    authorityHost: endpoint,
    disableInstanceDiscovery: true,
    tlsOptions,
  });
  const options = { endpoint, tlsOptions };
  return generation === 36
    ? new Client36(credential, subscriptionId, options)
    : new Client39(credential, subscriptionId, options);
}

function isPaged(result: unknown): result is AsyncIterable<unknown> {
  return (
    typeof result === "object" &&
    result !== null &&
    Symbol.asyncIterator in result &&
    !("then" in result)
  );
}

async function collected(pages: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const one of pages) all.push(one);
  return all;
}
