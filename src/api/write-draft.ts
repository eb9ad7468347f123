/** The part of a write that needs no store: location, tags and body as the type's schema has them. */
import {
  type ArmError,
  conflict,
  invalidField,
  refuse,
  requiredField,
  unknownField,
} from "../domain/errors.ts";
import { isObject } from "../domain/fields.ts";
import { limits } from "../domain/limits.ts";
import type { ResourceDefinition } from "../domain/resource.ts";
import { types } from "../domain/types.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { Json, JsonObject, StoredResource } from "../store/store.ts";

type Refused = { readonly refusals: readonly ArmError[] };
type Tags = Readonly<Record<string, string>>;

export type Draft = {
  readonly location?: string;
  readonly tags?: Tags;
  readonly body: JsonObject;
};

type DraftContext = {
  readonly definition: ResourceDefinition;
  readonly name: string;
  readonly previous: StoredResource | undefined;
  readonly inventory: Inventory;
  /** Location of the resource group, for clients that leave theirs out. */
  readonly groupLocation?: string;
};

/** A draft with refusals holds stand-ins: it is asked about and never written. */
export type Drafted = Refused & { readonly draft?: Draft };

export function draftOf(raw: JsonObject, context: DraftContext): Drafted {
  const refusals: ArmError[] = [...nameRefusals(context)];
  const { tracked } = context.definition;
  const located: Refused | { location?: string } = tracked ? locationOf(raw, context) : {};
  const tagged: Refused | { tags?: Tags } = tracked ? tagsOf(raw["tags"]) : {};
  const parsed = context.definition.parse(raw, context.previous, context.name);
  if ("refusals" in located) refusals.push(...located.refusals);
  if ("refusals" in tagged) refusals.push(...tagged.refusals);
  refusals.push(...parsed.refusals);
  if (parsed.body === undefined) return { refusals };
  const tags = "refusals" in tagged ? {} : tagged;
  const place = "refusals" in located ? standIn(context) : located;
  return { draft: { ...place, ...tags, body: parsed.body }, refusals };
}

/** For a location that was refused, while the other rules are asked. */
function standIn({ previous, groupLocation, inventory }: DraftContext): { location?: string } {
  const location = previous?.location ?? groupLocation ?? inventory.regions[0]?.name;
  return location === undefined ? {} : { location };
}

const groupName = /^[-\w.()]{1,90}$/;
const resourceName = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$/;

function* nameRefusals({ definition, name }: DraftContext): Generator<ArmError> {
  const { names, type } = definition;
  if (names !== undefined && !names.includes(name)) {
    yield refuse(
      "InvalidResourceName",
      "name",
      `name is refused: "${name}" is not one of ${names.join(", ")}.`,
    );
  }
  const pattern = type === types.resourceGroup ? groupName : resourceName;
  if (pattern.test(name) && !name.endsWith(".")) return;
  yield refuse(
    "InvalidResourceName",
    "name",
    `name is refused: "${name.slice(0, 100)}" is not allowed; send 1..80 of A-Z, a-z, 0-9, _, . and -, starting with a letter or digit and not ending with . or -.`,
  );
}

function locationOf(
  raw: JsonObject,
  { definition, previous, inventory, groupLocation }: DraftContext,
): { location: string } | Refused {
  const sent = raw["location"] ?? previous?.location ?? groupLocation;
  if (typeof sent !== "string") {
    const passes = `must be a region: ${inventory.regions.map(({ name }) => name).join(", ")}`;
    return {
      refusals: [
        sent === undefined
          ? requiredField("location", passes)
          : invalidField("location", sent, passes),
      ],
    };
  }
  const location = sent.toLowerCase().replaceAll(" ", "");
  if (previous !== undefined && previous.location !== location) {
    return {
      refusals: [
        conflict(
          "InvalidResourceLocation",
          "location",
          `location is refused: ${definition.type} ${previous.name} is in ${previous.location ?? ""} and cannot move to ${location.slice(0, 100)}; send ${previous.location ?? ""}, or another name.`,
        ),
      ],
    };
  }
  if (previous !== undefined || inventory.regions.some(({ name }) => name === location)) {
    return { location };
  }
  return {
    refusals: [
      refuse(
        "LocationNotAvailable",
        "location",
        `location is refused: there is no region "${location.slice(0, 100)}"; choose one of ${inventory.regions.map(({ name }) => name).join(", ")}.`,
      ),
    ],
  };
}

/** Tags are replaced as a whole; none given means none. */
export function tagsOf(value: Json | undefined): { tags: Tags } | Refused {
  if (value === undefined || value === null) return { tags: {} };
  if (!isObject(value)) {
    return { refusals: [invalidField("tags", value, "must be an object of texts")] };
  }
  const entries = Object.entries(value);
  if (entries.length > limits.tagsPerResource) {
    const message = `tags is refused: there are ${entries.length} and ${limits.tagsPerResource} are allowed; send fewer.`;
    return { refusals: [refuse("LimitExceeded", "tags", message)] };
  }
  const refusals: ArmError[] = [];
  const tags: [string, string][] = [];
  for (const [key, text] of entries) {
    if (typeof text === "string" && text.length <= 256 && key.length <= 512) tags.push([key, text]);
    else if (key.length > 512) refusals.push(unknownField(`tags.${key.slice(0, 50)}`, []));
    else
      refusals.push(invalidField(`tags.${key}`, text, "must be a text of at most 256 characters"));
  }
  return refusals.length > 0 ? { refusals } : { tags: Object.fromEntries(tags) };
}
