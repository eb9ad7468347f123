import { Command } from "commander";
import { type Terminal, table } from "../../cli/terminal.ts";
import { UsageError } from "../../cli/usage-error.ts";
import { asOption, DEFAULT_DATA } from "./options.ts";
import { type SignedInOptions, signedIn } from "./signed-in.ts";

type Options = SignedInOptions & {
  readonly since?: string;
  readonly resourceGroup?: string;
  readonly resource?: string;
  readonly limit: string;
  readonly json?: boolean;
};

type Change = {
  readonly resourceId: string;
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
};

type Row = {
  readonly eventTimestamp: string;
  readonly caller: string;
  readonly operationName: { readonly value: string };
  readonly status: { readonly value: string };
  readonly subStatus: { readonly value: string };
  readonly resourceId: string;
  readonly properties: { readonly changes: string };
};

export function activityCommand(terminal: Terminal): Command {
  return new Command("activity")
    .description(
      "Show who asked for what change and what came of it, newest first: field by field, refusals included.",
    )
    .addOption(asOption())
    .option("--since <time>", "only what is not older, such as 2026-01-31T08:00:00Z")
    .option("--resource-group <name>", "only what is in that group")
    .option("--resource <id>", "only what was asked of that resource")
    .option("--limit <count>", "at most so many entries", "50")
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .option("--json", "print them as JSON")
    .action(async (options: Options) => {
      const rows = await read(options);
      if (options.json) return terminal.json(rows);
      if (rows.length === 0) return terminal.line("Nothing was asked for.");
      for (const line of print(rows)) terminal.line(line);
    });
}

async function read(options: Options): Promise<readonly Row[]> {
  const limit = Number(options.limit);
  if (!/^[1-9]\d{0,5}$/.test(options.limit))
    throw new UsageError(`'${options.limit}' is no count of entries; write a number from 1 on.`);
  const { client } = await signedIn(options.data, options.as);
  const filter = filterOf(options);
  const query = filter === "" ? "" : `?$filter=${encodeURIComponent(filter)}`;
  const rows: Row[] = [];
  let next: string | undefined = `/causeway/activity${query}`;
  while (next !== undefined && rows.length < limit) {
    const page: { value: Row[]; nextLink?: string } = await client.get(next);
    rows.push(...page.value);
    next = page.nextLink;
  }
  return rows.slice(0, limit);
}

function filterOf({ since, resourceGroup, resource }: Options): string {
  const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
  return [
    ...(since === undefined ? [] : [`eventTimestamp ge ${quote(since)}`]),
    ...(resourceGroup === undefined ? [] : [`resourceGroupName eq ${quote(resourceGroup)}`]),
    ...(resource === undefined ? [] : [`resourceUri eq ${quote(resource)}`]),
  ].join(" and ");
}

function print(rows: readonly Row[]): string[] {
  const heading = ["time", "who", "asked", "status", "of"];
  const cells = rows.map((row) => [
    row.eventTimestamp,
    row.caller,
    row.operationName.value,
    `${row.status.value} ${row.subStatus.value}`,
    row.resourceId,
  ]);
  const [title = "", rule = "", ...lines] = table(heading, cells);
  return [title, rule, ...lines.flatMap((line, index) => [line, ...changeLines(rows[index])])];
}

function changeLines(row: Row | undefined): string[] {
  // What the API wrote as JSON.
  const changes = JSON.parse(row?.properties.changes ?? "[]") as readonly Change[];
  return changes.map(({ resourceId, field, before, after }) => {
    const place = resourceId === row?.resourceId ? "" : `${resourceId} `;
    return `    ${place}${field}: ${show(before)} → ${show(after)}`;
  });
}

function show(value: unknown): string {
  return value === undefined ? "–" : JSON.stringify(value);
}
