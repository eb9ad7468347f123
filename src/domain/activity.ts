/** What somebody asked the platform to change: who, when, what came of it. Secrets are never in it. */
import { isObject, sameJson } from "./fields.ts";
import type { ResourceDefinition } from "./resource.ts";
import type { Json, JsonObject, StoredResource } from "./state.ts";

export type FieldChange = {
  readonly resourceId: string;
  /** `properties.vlanId`; empty where the thing as a whole came or went. */
  readonly field: string;
  /** Absent where there was nothing. */
  readonly before?: Json;
  readonly after?: Json;
};

export type ActivityEntry = {
  readonly id: string;
  readonly time: string;
  /** Empty for what is of the platform and of no subscription. */
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly resourceId: string;
  readonly resourceType: string;
  readonly action: string;
  readonly caller: { readonly name: string; readonly objectId?: string };
  /** Absent where the entry is shown to somebody else than the caller's side. */
  readonly client?: {
    readonly method: string;
    readonly path: string;
    readonly address: string;
    readonly userAgent: string;
    readonly requestId?: string;
  };
  readonly correlationId: string;
  readonly operationId?: string;
  readonly status: "Succeeded" | "Accepted" | "Failed";
  readonly statusCode: number;
  readonly errorCode?: string;
  readonly changes: readonly FieldChange[];
  /** Of a cross connection: the provider that the circuit was ordered from. */
  readonly provider?: string;
};

const masked = "•••";
const changesMax = 200;

/** Field by field what differs; a resource that is going counts as gone. */
export function changesOf(
  before: StoredResource | undefined,
  after: StoredResource | undefined,
  { secret = [] }: Pick<ResourceDefinition, "secret">,
): readonly FieldChange[] {
  const resourceId = (after ?? before)?.id ?? "";
  const isGone = after === undefined || after.provisioningState === "Deleting";
  const wasGone = before === undefined || before.provisioningState === "Deleting";
  if (isGone && wasGone) return [];
  return fieldChanges(
    resourceId,
    { before: wasGone ? undefined : fieldsOf(before), after: isGone ? undefined : fieldsOf(after) },
    secret,
  );
}

function fieldsOf({ location, tags, desired, assigned }: StoredResource): JsonObject {
  return {
    ...(location === undefined ? {} : { location }),
    ...(tags === undefined ? {} : { tags }),
    ...desired,
    assigned,
  };
}

export function fieldChanges(
  resourceId: string,
  { before, after }: { before: JsonObject | undefined; after: JsonObject | undefined },
  secret: readonly string[],
): readonly FieldChange[] {
  const changes: FieldChange[] = [];
  for (const { field, from, to } of differences(before, after, "")) {
    changes.push({
      ...{ resourceId, field },
      ...(from === undefined ? {} : { before: mask(from, field, secret) }),
      ...(to === undefined ? {} : { after: mask(to, field, secret) }),
    });
  }
  if (changes.length === 0 && (before === undefined) !== (after === undefined)) {
    const end = before === undefined ? { after: {} } : { before: {} };
    return [{ resourceId, field: "", ...end }];
  }
  return changes.slice(0, changesMax);
}

type Difference = {
  readonly field: string;
  readonly from: Json | undefined;
  readonly to: Json | undefined;
};

function* differences(
  from: Json | undefined,
  to: Json | undefined,
  field: string,
): Generator<Difference> {
  if (sameJson(from, to)) return;
  const kinds = new Set([from, to].filter((end) => end !== undefined).map(kindOf));
  const [kind] = kinds;
  if (kinds.size > 1 || kind === "value") {
    yield { field, from, to };
    return;
  }
  const [left, right] = [membersOf(from), membersOf(to)];
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const above = field === "" ? "" : `${field}.`;
    const below = kind === "list" ? `${field}[${name}]` : `${above}${name}`;
    yield* differences(left.get(name), right.get(name), below);
  }
}

function kindOf(value: Json): "list" | "object" | "value" {
  return Array.isArray(value) ? "list" : isObject(value) ? "object" : "value";
}

/** Of a list by their index. */
function membersOf(value: Json | undefined): ReadonlyMap<string, Json> {
  return new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
}

/** Names of fields that hold secrets wherever they stand. */
const secretNames = /(^|\.)(sharedKey|authorizationKey|secret\w*|password|sealed\w*)$/i;

function mask(value: Json, field: string, secret: readonly string[]): Json {
  if (secret.includes(field) || secretNames.test(field)) return masked;
  if (typeof value === "string") return value.includes("sealed:") ? masked : value;
  if (Array.isArray(value)) return value.map((item) => mask(item, field, secret));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, mask(member, `${field}.${name}`, secret)]),
  );
}
