/** Ports of customers, alone and in bundles: the letter that their cross-connects are ordered with. */
import { z } from "zod";
import { allOf, invalidField, notFound } from "../../domain/errors.ts";
import { listAt, numberAt, objectAt, objectOf, textAt } from "../../domain/fields.ts";
import { lagLinks } from "../../domain/lag.ts";
import { types } from "../../domain/types.ts";
import { Text } from "../../domain/values.ts";
import type { Json, JsonObject, StoredResource } from "../../store/store.ts";
import { type LetterPort, letterPdf } from "../authorization-letter.ts";
import type { Call, Reply } from "../context.ts";
import { portStates } from "../readout-routes.ts";
import type { ActionDefinition } from "./action.ts";
import { actionBody } from "./action-body.ts";

const namePasses = "must be 1..150 characters of ISO 8859-1, for the letter's font has no others";
const customerName = z
  .string({ error: namePasses })
  .regex(/^[\x20-\x7e\xa0-\xff]{1,150}$/, { error: namePasses });
const PortLetter = z.strictObject({ customerName });
const BundleLetter = z.strictObject({
  customerName,
  members: z.array(Text, { error: "must be a list of members" }).optional(),
});

const bundle = types.lag;

export const portActions: readonly ActionDefinition[] = [
  { type: types.port, method: "POST", path: "generateLoa", body: PortLetter, answer: portLetter },
  // Causeway's own: the published model has no state of a link.
  { type: types.port, method: "GET", path: "linkStates", answer: portStates },
  { type: bundle, method: "POST", path: "generateLoa", body: BundleLetter, answer: bundleLetter },
  { type: bundle, method: "GET", path: "links", answer: async (_, row) => list(lagLinks(row)) },
  {
    type: bundle,
    method: "GET",
    path: "links/{linkName}",
    answer: async (_, row, { linkName }) => ({ status: 200, body: linkNamed(row, linkName) }),
  },
  {
    type: bundle,
    method: "GET",
    path: "links/{linkName}/members",
    answer: async (_, row, { linkName }) => list(membersOf(linkNamed(row, linkName))),
  },
  {
    type: bundle,
    method: "GET",
    path: "links/{linkName}/members/{memberName}",
    answer: async (_, row, { linkName, memberName }) => ({
      status: 200,
      body: named(membersOf(linkNamed(row, linkName)), memberName),
    }),
  },
];

function list(rows: readonly JsonObject[]): Reply {
  return { status: 200, body: { value: rows } };
}

function linkNamed(row: StoredResource, name: string | undefined): JsonObject {
  return named(lagLinks(row), name);
}

function membersOf(link: JsonObject): readonly JsonObject[] {
  return listAt(link, "properties.members").map(objectOf);
}

function named(rows: readonly JsonObject[], name = ""): JsonObject {
  const found = rows.find((row) => textAt(row, "name")?.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  const names = rows.map((row) => textAt(row, "name")).join(", ");
  throw notFound("ResourceNotFound", `There is no '${name.slice(0, 100)}'; there are ${names}.`);
}

async function portLetter(call: Call, port: StoredResource): Promise<Reply> {
  const body = await actionBody(call, PortLetter);
  const links = listAt(port.assigned, "links");
  const ports = links.map((link, index) => letterPort(`link${index + 1}`, link));
  return letter(call, port, { customerName: body.customerName, ports });
}

/** Of all members, or of those that are named by their ids or as `link1/member1`. */
async function bundleLetter(call: Call, row: StoredResource): Promise<Reply> {
  const body = await actionBody(call, BundleLetter);
  const members = lagLinks(row).flatMap((link) =>
    membersOf(link).map((member) => ({
      id: textAt(member, "id") ?? "",
      port: letterPort(`${textAt(link, "name")}/${textAt(member, "name")}`, {
        ...objectAt(member, "properties"),
        routerName: textAt(link, "properties.routerName") ?? "",
      }),
    })),
  );
  const isNamed = ({ id, port }: (typeof members)[number], name: string) =>
    [id, port.name].some((one) => one.toLowerCase() === name.toLowerCase());
  const known = members.map(({ port }) => port.name).join(", ");
  const passes = `must be one of ${known}, or the id of one`;
  const error = allOf(
    (body.members ?? []).flatMap((name, index) =>
      members.some((one) => isNamed(one, name))
        ? []
        : [invalidField(`members[${index}]`, name, passes)],
    ),
  );
  if (error !== undefined) throw error;
  const chosen = members.filter((one) => body.members?.some((name) => isNamed(one, name)) ?? true);
  const ports = chosen.map(({ port }) => port);
  return letter(call, row, { customerName: body.customerName, ports });
}

function letterPort(name: string, end: Json): LetterPort {
  return {
    name,
    routerName: textAt(end, "routerName") ?? "",
    interfaceName: textAt(end, "interfaceName") ?? "",
    rackId: textAt(end, "rackId") ?? "",
    patchPanelId: textAt(end, "patchPanelId") ?? "",
  };
}

async function letter(
  call: Call,
  row: StoredResource,
  { customerName: name, ports }: { customerName: string; ports: readonly LetterPort[] },
): Promise<Reply> {
  const peeringLocation = textAt(row.desired, "properties.peeringLocation") ?? "";
  const place = call.deps.inventory.peeringLocations.find((one) => one.name === peeringLocation);
  const pdf = await letterPdf({
    customerName: name,
    resourceId: row.id,
    peeringLocation,
    ...(place?.address === undefined ? {} : { address: place.address }),
    bandwidthGbps: numberAt(row.desired, "properties.bandwidthInGbps") ?? 0,
    encapsulation: textAt(row.desired, "properties.encapsulation") ?? "",
    ports,
    writtenAt: new Date(call.deps.clock.now()),
  });
  return { status: 200, body: { encodedContent: Buffer.from(pdf).toString("base64") } };
}
