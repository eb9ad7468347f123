/** The page that says of every published operation what serves it, and which client's test asked for it. */
import { readdirSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { type Served, servedBy } from "../../src/api/openapi/served.ts";
import { usesOf } from "./client-uses.ts";
import { keyOf, operationsOf, type SpecOperation, versions } from "./specification.ts";

const root = join(import.meta.dirname, "..", "..");

type Row = { readonly operation: SpecOperation; readonly versions: readonly string[] };

export async function coveragePage(): Promise<string> {
  const fileOf = await filesByDefinition();
  const rows = publishedRows();
  const served = rows.filter(({ operation }) => servedBy(operation.method, operation.path));
  const used = served.filter(({ operation }) => usesOf(operation).length > 0);
  const refused = served.filter(({ operation }) => isRefused(operation));
  const groups = Map.groupBy(rows, ({ operation }) => operation.group);
  const sections = [...groups].sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    head({ all: rows, served, refused, used }),
    ...sections.map(([group, members]) => section(group, members, fileOf)),
  ].join("\n");
}

function isRefused({ method, path }: SpecOperation): boolean {
  const served = servedBy(method, path);
  return served?.by === "action" && served.action.refused === true;
}

function head(counted: Readonly<Record<"all" | "served" | "refused" | "used", readonly Row[]>>) {
  const { all, served, refused, used } = counted;
  return `# Coverage of the API

Written by \`npm run docs\`; a test fails where it is stale. The operations are those of the published description of
${versions.join(" and ")}, as \`test/arm-spec/\` has them. What is there of the later version names no DELETE, so that the
earlier one speaks for both.

Of ${all.length} operations ${served.length} are served; ${refused.length} of these are "refused": every request is answered with why it has no
meaning here, or what leads to the same. ${used.length} are asked for by an unchanged client of somebody else, in a test of
\`test/clients/\`; — means that none asks for it.
`;
}

/** Operations of both versions once each, in the order of their paths. */
function publishedRows(): readonly Row[] {
  const rows = new Map<string, { operation: SpecOperation; versions: string[] }>();
  for (const version of versions) {
    for (const operation of operationsOf(version)) {
      const key = keyOf(operation).toLowerCase();
      const row = rows.get(key) ?? { operation, versions: [] };
      row.versions.push(version);
      rows.set(key, row);
    }
  }
  const orderOf = ({ operation }: Row) => `${operation.path.toLowerCase()} ${operation.method}`;
  return [...rows.values()].sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
}

function section(
  group: string,
  rows: readonly Row[],
  fileOf: ReadonlyMap<unknown, string>,
): string {
  const lines = rows.map(({ operation, versions: of }) => {
    const by = servedBy(operation.method, operation.path);
    const uses = usesOf(operation).join(", ");
    const only = of.length === versions.length ? "both" : of.join(", ");
    const cells = [operation.operation, `\`${keyOf(operation)}\``, only, says(by, fileOf)];
    return `| ${[...cells, uses === "" ? "—" : uses].join(" | ")} |`;
  });
  return [
    `## ${group}\n`,
    "| operation | request | versions | served by | clients |",
    "|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

function says(served: Served | undefined, fileOf: ReadonlyMap<unknown, string>): string {
  switch (served?.by) {
    case undefined:
      return "**not served**";
    case "verb":
      return `\`${fileOf.get(served.definition)}\``;
    case "list":
      return `list, \`${fileOf.get(served.definition)}\``;
    case "view":
      return `view, \`${fileOf.get(served.definition)}\``;
    case "catalogue":
      return `catalogue, \`${fileOf.get(served.catalogue) ?? "src/domain/catalogue.ts"}\``;
    case "action":
      return `${served.action.refused ? "refused" : "action"}, \`${fileOf.get(served.action)}\``;
    case "route":
      return "`src/api/app.ts`";
  }
}

/** Where each definition and action stands. */
async function filesByDefinition(): Promise<ReadonlyMap<unknown, string>> {
  const files = new Map<unknown, string>();
  for (const folder of ["src/domain", "src/api/actions"]) {
    for (const name of readdirSync(join(root, folder)).sort()) {
      if (!name.endsWith(".ts") || name.includes(".test.") || name === "registry.ts") continue;
      const file = join(root, folder, name);
      const exported: Record<string, unknown> = await import(pathToFileURL(file).href);
      for (const value of Object.values(exported)) {
        // The catalogue and a type's actions are lists.
        for (const one of Array.isArray(value) ? value : [value]) {
          if (typeof one === "object") files.set(one, relative(root, join(folder, basename(file))));
        }
      }
    }
  }
  return files;
}
