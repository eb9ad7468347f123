/** Which operation is asked for by a test with an unchanged client of somebody else. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { keyOf, type SpecOperation } from "./specification.ts";

const folder = join(import.meta.dirname, "..", "clients");

/**
 * A client's test says in a comment what it asks for, a line for each operation: `uses: PUT …/Microsoft.Network/…`,
 * in the form of `keyOf`.
 */
const uses = readdirSync(folder)
  .filter((name) => name.endsWith(".test.ts"))
  .flatMap((name) => {
    const text = readFileSync(join(folder, name), "utf8");
    return [...text.matchAll(/^\/\/ uses: (.+)$/gm)].map(([, key = ""]) => ({
      client: name.replace(".test.ts", ""),
      key: key.toLowerCase(),
    }));
  });

export function usesOf(operation: SpecOperation): readonly string[] {
  const wanted = keyOf(operation).toLowerCase();
  return uses.filter(({ key }) => key === wanted).map(({ client }) => client);
}

/** What the tests name, to be held against what is published. */
export const keysUsed: readonly string[] = uses.map(({ key }) => key);
