/** `$filter` of lists of resources. */
import { sameId } from "../domain/fields.ts";
import type { StoredResource } from "../store/store.ts";
import { type Clause, parseFilter } from "./filter.ts";

const fields = {
  name: ({ name }: StoredResource) => name,
  resourceType: ({ type }: StoredResource) => type,
  resourceGroup: ({ resourceGroup }: StoredResource) => resourceGroup,
  location: ({ location }: StoredResource) => location,
} as const;

export type FilterField = keyof typeof fields;

export type RowFilter = {
  readonly clauses: readonly Clause[];
  shows(row: StoredResource): boolean;
};

/** Tags are asked for in two clauses: `tagName eq 'a' and tagValue eq 'b'`. */
export function rowFilter(
  query: URLSearchParams,
  known: readonly FilterField[],
  { tagged = false }: { tagged?: boolean } = {},
): RowFilter {
  const offered = [...known, ...(tagged ? ["tagName", "tagValue"] : [])];
  const clauses = parseFilter(
    query.get("$filter"),
    offered.map((field) => `${field} eq`),
  );
  const wantedOf = (field: string) =>
    clauses.find((clause) => clause.field === field.toLowerCase())?.value;
  const tag = { name: wantedOf("tagName"), value: wantedOf("tagValue") };
  return {
    clauses,
    shows: (row) =>
      hasTag(row, tag) &&
      known.every((field) => {
        const wanted = wantedOf(field);
        return wanted === undefined || sameId(fields[field](row), wanted);
      }),
  };
}

function hasTag(
  { tags = {} }: StoredResource,
  { name, value }: { name: string | undefined; value: string | undefined },
): boolean {
  // Names of tags count no case, their values do.
  return (
    (name === undefined && value === undefined) ||
    Object.entries(tags).some(
      ([key, held]) =>
        (name === undefined || sameId(key, name)) && (value === undefined || held === value),
    )
  );
}
