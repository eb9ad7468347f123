import type { z } from "zod";
import type { Inventory } from "../fabric/inventory.ts";
import type { ArmError } from "./errors.ts";
import { objectAt } from "./fields.ts";
import { type ParsedBody, parseBody } from "./resource-body.ts";
import type { Json, JsonObject, StoredResource, StoreReader, StoreWriter } from "./state.ts";

export type Role = "operator" | "customer" | "provider";

/** What a rule may look at. */
export type View = {
  readonly reader: StoreReader;
  readonly inventory: Inventory;
  readonly role: Role;
  /** The one provider that the caller stands for; absent: all of the fabric. */
  readonly providerName?: string;
  /** Subscription that holds the cross connections. */
  readonly providerSubscriptionId: string;
  readonly sealer: Sealer;
  /** Absent: this installation has no store of secrets. */
  readonly secrets?: SecretSource;
  /** Whether the caller may do that there. */
  allows(action: string, scope: string): boolean;
};

/** The resource as it was before the write, and its parent. */
export type WriteView = View & {
  readonly previous?: StoredResource;
  readonly parent?: StoredResource;
};

/** Seals what must not be readable at rest. */
export type Sealer = { seal(text: string): string; open(sealed: string): string };

/** What secrets of a key vault hold, by their identifiers; a subscription sees its own. */
export type SecretSource = {
  read(subscriptionId: string, identifier: string): Promise<string | undefined>;
};

/** What giving server-made values needs; it runs in the transaction of the write. */
export type Grant = WriteView & {
  readonly writer: StoreWriter;
  readonly now: string;
  uuid(): string;
};

export type DeleteView = View & {
  /** Whether that resource goes in the same request. */
  goes(id: string): boolean;
};

/** A resource that somebody asks for, before it is accepted. */
export type Candidate<Body = JsonObject> = {
  readonly id: string;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly parentId?: string;
  readonly location?: string;
  readonly body: Body;
};

export type Embedded = {
  readonly field: string;
  readonly type: string;
  /** Whether the parent's PUT writes them. Otherwise their own routes do, and they must exist. */
  readonly written: boolean;
  /** Path in `assigned` to the id of their parent, where that is another resource. */
  readonly under?: string;
};

type Shape = {
  readonly type: string;
  /** Has location and tags, and stands in a resource group by itself. */
  readonly tracked: boolean;
  /** The only names there are, in their canonical spelling. */
  readonly names?: readonly string[];
  /** Made by the control plane alone: PUT needs one that exists, DELETE is unknown. */
  readonly made?: boolean;
  /** Fields of the API that clients send back and the server owns, or that mean nothing here. `*` is any index. */
  readonly ignored: readonly string[];
  /** Fields that `normalise` fills in where a client leaves them out. */
  readonly filled?: readonly string[];
  /** Fields whose null or "" says something. */
  readonly kept?: readonly string[];
  /** Fields whose value no message shows. */
  readonly secret?: readonly string[];
  /**
   * Values that stand in for a refused or missing field while the other rules are asked, so that a
   * request hears all its refusals at once. Only where no rule about another field can mind them.
   */
  readonly standIns?: Readonly<Record<string, Json>>;
  readonly embedded?: readonly Embedded[];
};

/** What one resource type is. A further type is one file with this and a line in the registry. */
export type ResourceSpec<Body> = Shape & {
  /** The writable body, less location and tags. */
  readonly schema: z.ZodType<Body>;
  /** Mends what clients are known to leave out, before the schema looks. */
  normalise?(body: JsonObject, previous: StoredResource | undefined, name: string): JsonObject;
  refusals(candidate: Candidate<Body>, view: WriteView): AsyncGenerator<ArmError>;
  /** Server-given values; throws an `ArmError` where there is none left. */
  assign?(candidate: Candidate<Body>, grant: Grant): Promise<JsonObject>;
  /** What is kept of the body: secrets sealed, keys that were redeemed left out. */
  stored?(body: Body, previous: StoredResource | undefined, sealer: Sealer): JsonObject;
  /** What else the write brings about, in its transaction. */
  accepted?(resource: StoredResource, grant: Grant): Promise<void>;
  deleteRefusals?(resource: StoredResource, view: DeleteView): AsyncGenerator<ArmError>;
  /** Rows that go with this one, besides its children. */
  goesWith?(resource: StoredResource, reader: StoreReader): Promise<readonly StoredResource[]>;
  /** Whether nodes have to follow before a change is done. */
  reconciled(resource: StoredResource, reader: StoreReader): Promise<boolean>;
  /** The `properties` of an answer; absent: the desired ones. */
  properties?(resource: StoredResource, view: View): Promise<JsonObject>;
  /** Read-only collections below the resource: `links` of a port. */
  readonly views?: Readonly<
    Record<string, (resource: StoredResource, view: View) => Promise<readonly JsonObject[]>>
  >;
};

/** A type with its body erased, as the machinery that all types share sees it. */
export type ResourceDefinition = Omit<ResourceSpec<JsonObject>, "schema"> & {
  readonly schema: z.ZodType;
  /** Shape first: either a body or every field that is refused. */
  parse(raw: JsonObject, previous: StoredResource | undefined, name: string): ParsedBody;
};

export function defineResource<Body>(spec: ResourceSpec<Body>): ResourceDefinition {
  // Only `parse` makes bodies, and it makes them with this spec's schema.
  const erased = spec as unknown as ResourceSpec<JsonObject>;
  return {
    ...erased,
    parse: (raw, previous, name) =>
      parseBody(erased, (cleaned) => erased.normalise?.(cleaned, previous, name) ?? cleaned, raw),
  };
}

/** The `properties` of an answer. */
export async function propertiesOf(
  definition: ResourceDefinition,
  resource: StoredResource,
  view: View,
): Promise<JsonObject> {
  const own =
    (await definition.properties?.(resource, view)) ?? objectAt(resource.desired, "properties");
  const error: Json | undefined = resource.error;
  return {
    ...own,
    provisioningState: resource.provisioningState,
    ...(error === undefined ? {} : { causewayError: error }),
  };
}

/** Those of the rows that are of the type, as the API answers with them. */
export async function wiresOf(
  definition: ResourceDefinition,
  rows: readonly StoredResource[],
  view: View,
): Promise<readonly JsonObject[]> {
  const own = rows.filter(({ type }) => type === definition.type);
  return Promise.all(own.map((row) => toWire(definition, row, view)));
}

/** A resource as the API answers with it. */
export async function toWire(
  definition: ResourceDefinition,
  resource: StoredResource,
  view: View,
): Promise<JsonObject> {
  const { id, name, type, ...rest } = outlineOf(definition, resource);
  return {
    ...{ id, name, type, etag: `W/"${resource.etag}"`, ...rest },
    properties: await propertiesOf(definition, resource, view),
  };
}

/** Less what has to be asked of others: its properties. */
export function outlineOf(
  definition: ResourceDefinition,
  { id, name, type, location, tags, desired }: StoredResource,
) {
  const { properties: _, ...rest } = desired;
  return {
    ...{ id, name, type },
    ...(location === undefined ? {} : { location }),
    ...(definition.tracked ? { tags: tags ?? {} } : {}),
    ...rest,
  } satisfies JsonObject;
}
