/** What can be asked of every path, in the words of OpenAPI. */
import { z } from "zod";
import { catalogue } from "../../domain/catalogue.ts";
import { definitions } from "../../domain/registry.ts";
import type { ResourceDefinition } from "../../domain/resource.ts";
import type { Json, JsonObject } from "../../domain/state.ts";
import { types } from "../../domain/types.ts";
import { actions } from "../actions/registry.ts";
import { tagsPath } from "../path.ts";
import { verbsOf } from "../resource-routes.ts";
import { fixedRoutes } from "./fixed-routes.ts";
import { cataloguePaths, itemPath, listPaths } from "./paths.ts";
import { schemaName, schemaRef } from "./schemas.ts";

type Endpoint = {
  readonly method: string;
  readonly path: string;
  readonly operation: JsonObject & { readonly parameters?: JsonObject[] };
};

/** Every path with its operations. */
export function documentPaths(): JsonObject {
  const paths = new Map<string, Record<string, Json>>();
  for (const { method, path, operation } of endpoints()) {
    const held = paths.get(path) ?? { parameters: namesIn(path) };
    const { parameters: own = [], ...said } = operation;
    const version = path.startsWith("/causeway/") ? [] : refsTo(["apiVersion"]);
    const parameters = [...version, ...own, ...dryRunOf(method)];
    held[method.toLowerCase()] = { ...said, ...(parameters.length === 0 ? {} : { parameters }) };
    paths.set(path, held);
  }
  const sorted = [...paths].sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted);
}

function endpoints(): readonly Endpoint[] {
  return [
    ...definitions.flatMap(resourceEndpoints),
    ...actions.map(({ type, method, path, body }) => ({
      method,
      path: `${itemPath({ type })}/${path}`,
      operation: {
        summary: `${path.replaceAll(/\/?\{\w+\}/g, "")} of ${type}`,
        ...(method === "GET" || method === "DELETE" ? {} : { requestBody: sentBody(body) }),
        responses: answered("2XX", { type: "object" }),
        ...preconditions(method),
      },
    })),
    ...catalogue.flatMap((one) => {
      const [list, item] = cataloguePaths(one);
      return [
        {
          method: "GET",
          path: list,
          operation: listing(`Offers: ${one.type}`, { type: "object" }),
        },
        {
          method: "GET",
          path: item,
          operation: {
            summary: `One offer: ${one.type}`,
            responses: answered("200", { type: "object" }),
          },
        },
      ];
    }),
    ...fixedRoutes.map(({ method, path, summary, answers, sent }) => ({
      method,
      path,
      operation:
        answers === "list"
          ? listing(summary, { type: "object" })
          : {
              summary,
              ...(sent ? { requestBody: anyBody } : {}),
              responses: answered("2XX", answers === "nothing" ? undefined : { type: "object" }),
              ...(path.endsWith(tagsPath) ? preconditions(method) : {}),
            },
    })),
  ];
}

function resourceEndpoints(definition: ResourceDefinition): readonly Endpoint[] {
  const { type, views = {} } = definition;
  const path = itemPath(definition);
  const item = schemaRef(schemaName(definition));
  return [
    ...verbsOf(definition).map((method) => ({
      method,
      path,
      operation: { ...verb(definition, method), ...preconditions(method) },
    })),
    ...listPaths(definition).map((list) => ({
      method: "GET",
      path: list,
      operation: listing(`List: ${type}`, item),
    })),
    ...Object.keys(views).flatMap((view) => [
      {
        method: "GET",
        path: `${path}/${view}`,
        operation: listing(`${view} of ${type}`, { type: "object" }),
      },
      {
        method: "GET",
        path: `${path}/${view}/{viewName}`,
        operation: {
          summary: `One of ${view} of ${type}`,
          responses: answered("200", { type: "object" }),
        },
      },
    ]),
  ];
}

function verb(definition: ResourceDefinition, method: string): JsonObject {
  const { type } = definition;
  const item = schemaRef(schemaName(definition));
  const sent = (schema: JsonObject) => ({ required: true, content: inJson(schema) });
  // A group is there at once: nothing is to be followed.
  const followed = type === types.resourceGroup ? {} : { headers: asyncHeaders };
  switch (method) {
    case "PUT":
      return {
        summary: `Create or change: ${type}`,
        requestBody: sent(item),
        responses: {
          "200": { description: "Changed", content: inJson(item), ...followed },
          "201": { description: "Created", content: inJson(item), ...followed },
          ...refused,
        },
      };
    case "PATCH":
      return {
        summary: `Replace the tags: ${type}`,
        requestBody: sent(schemaRef("Tags")),
        responses: answered("200", item),
      };
    case "DELETE":
      return {
        summary: `Delete: ${type}`,
        responses: {
          "202": { description: "It is going", headers: deleteHeaders },
          "204": { description: "There was none" },
          ...refused,
        },
      };
    default:
      return { summary: `Read: ${type}`, responses: answered("200", item) };
  }
}

const inJson = (schema: JsonObject): JsonObject => ({ "application/json": { schema } });
const anyBody = { content: inJson({ type: "object" }) };

function sentBody(schema: z.ZodType | undefined): JsonObject {
  if (schema === undefined) return anyBody;
  // A JSON schema is JSON.
  const { $schema: _, ...shape } = z.toJSONSchema(schema, { io: "input" }) as JsonObject;
  return { required: true, content: inJson(shape) };
}

const refused = { default: { $ref: "#/components/responses/Refused" } };
const header = (description: string) => ({ description, schema: { type: "string" } });
const asyncHeaders = {
  "Azure-AsyncOperation": header("Where the operation can be followed"),
  "Retry-After": header("Seconds until it is worth asking"),
  ETag: header("The version"),
};
const deleteHeaders = { ...asyncHeaders, Location: header("Answers 202 until it is gone") };

function answered(status: string, schema: JsonObject | undefined): JsonObject {
  const body = schema === undefined ? {} : { content: inJson(schema) };
  return { [status]: { description: "The answer", ...body }, ...refused };
}

function listing(summary: string, items: JsonObject): Endpoint["operation"] {
  const properties = { value: { type: "array", items }, nextLink: { type: "string" } };
  return {
    summary,
    parameters: refsTo(["top", "skipToken"]),
    responses: answered("200", { type: "object", properties, required: ["value"] }),
  };
}

function namesIn(path: string): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

/** `If-Match` and `If-None-Match`, where a write looks at them. */
function preconditions(method: string): { readonly parameters?: JsonObject[] } {
  if (!["PUT", "PATCH", "DELETE"].includes(method)) return {};
  return { parameters: refsTo(["ifMatch", "ifNoneMatch"]) };
}

/** On every write. */
function dryRunOf(method: string): JsonObject[] {
  return ["PUT", "PATCH", "DELETE"].includes(method) ? refsTo(["dryRun"]) : [];
}

function refsTo(names: readonly string[]): JsonObject[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }));
}
