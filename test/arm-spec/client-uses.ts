/** Which operation is asked for by a test with an unchanged client of somebody else. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { keyOf, operationsOf, type SpecOperation, versions } from "./specification.ts";

const folder = join(import.meta.dirname, "..", "clients");

type Use = { readonly client: string; readonly key: string };

/**
 * A test of a command line says it in comments, a line for each operation: `uses: PUT …/Microsoft.Network/…`, in the
 * form of `keyOf`, or `*` where it asks for every one. One of a published library names group and operation:
 * `("expressRouteCircuits", "get", …)`.
 */
const uses: readonly Use[] = readdirSync(folder)
  .filter((name) => name.endsWith(".test.ts"))
  .flatMap((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    const said = [...text.matchAll(/^\/\/ uses: (.+)$/gm)].map(([, key = ""]) => key);
    const named = said.filter((key) => key !== "*");
    const called = [...text.matchAll(/\(\s*"(\w+)",\s*"(\w+)"/g)].flatMap(
      ([, group = "", operation = ""]) => keysNamed(group, operation),
    );
    if (said.includes("*")) called.push(...versions.flatMap(operationsOf).map(keyOf));
    const client = name.replace(".test.ts", "");
    return [...new Set([...named, ...called])].map((key) => ({ client, key: key.toLowerCase() }));
  });

function keysNamed(group: string, operation: string): readonly string[] {
  return versions
    .flatMap(operationsOf)
    .filter((one) => one.group === group && one.operation === operation)
    .map(keyOf);
}

export function usesOf(operation: SpecOperation): readonly string[] {
  const wanted = keyOf(operation).toLowerCase();
  return [...new Set(uses.filter(({ key }) => key === wanted).map(({ client }) => client))];
}

/** What the tests name, to be held against what is published. */
export const keysUsed: readonly string[] = uses.map(({ key }) => key);
