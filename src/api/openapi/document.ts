/** The API as an OpenAPI 3.1 document, made of the definitions that answer requests. */
import { errorCodes } from "../../domain/errors.ts";
import { definitions } from "../../domain/registry.ts";
import type { JsonObject } from "../../domain/state.ts";
import { documentPaths } from "./document-paths.ts";
import { resourceSchema, schemaName } from "./schemas.ts";

const description = `An open private cloud interconnect with the API of ExpressRoute.

Every date from 2015-05-01 on is an api-version: there is one model. A PUT replaces; what the control plane
owns (\`readOnly\`) may be sent back and is not looked at, and null says "not set". A refusal tells all its
reasons at once, in \`details\`.`;

let made: JsonObject | undefined;

/** Made once, when it is first asked for: it is read off what does not change while a server runs. */
export function openApiDocument(): JsonObject {
  made ??= makeDocument();
  return made;
}

function makeDocument(): JsonObject {
  const schemas = definitions.map((one) => [schemaName(one), resourceSchema(one)] as const);
  return {
    openapi: "3.1.0",
    info: { title: "Causeway", version: "2025-05-01", description },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }],
    paths: documentPaths(),
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
      parameters,
      responses: {
        Refused: {
          description: "Refused, or failed",
          content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
        },
      },
      schemas: { ...Object.fromEntries(schemas), Tags: tags, Error: error, ErrorBody: errorBody },
    },
  };
}

const text = { type: "string" };

const parameters = {
  apiVersion: {
    name: "api-version",
    in: "query",
    required: true,
    schema: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}(-preview)?$" },
  },
  top: { name: "$top", in: "query", schema: { type: "integer", minimum: 1 } },
  skipToken: { name: "$skiptoken", in: "query", schema: text },
  ifMatch: { name: "If-Match", in: "header", schema: text },
  ifNoneMatch: { name: "If-None-Match", in: "header", schema: text },
  dryRun: {
    name: "causeway-dryRun",
    in: "query",
    description: "Answers with what would come of the write, and keeps none of it.",
    schema: { type: "boolean" },
  },
};

const tags = {
  type: "object",
  properties: { tags: { type: "object", additionalProperties: text } },
  required: ["tags"],
  additionalProperties: false,
};

const error = {
  type: "object",
  properties: { error: { $ref: "#/components/schemas/ErrorBody" } },
  required: ["error"],
};

const errorBody = {
  type: "object",
  properties: {
    code: { ...text, enum: Object.keys(errorCodes) },
    message: { ...text, description: "What was refused, and what would pass" },
    target: { ...text, description: "The field" },
    details: { type: "array", items: { $ref: "#/components/schemas/ErrorBody" } },
  },
  required: ["code", "message"],
};
