/** Role assignments: who has which role where. Those that come with an account are shown and stay. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { isoTime } from "../../base/clock.ts";
import {
  type ArmError,
  conflict,
  immutableField,
  notFound,
  notOffered,
  refuse,
  throwAny,
} from "../../domain/errors.ts";
import { sameId } from "../../domain/fields.ts";
import { assignmentWire, covers, type RoleAssignment } from "../../domain/role-assignment.ts";
import { type RoleDefinition, roleNamed, rolesInWords } from "../../domain/role-definition.ts";
import type { StoreWriter } from "../../store/store.ts";
import { askedBody } from "../asked-body.ts";
import type { Call, Reply } from "../context.ts";
import { parseFilter } from "../filter.ts";
import { methodNotAllowed, type RoleTarget } from "../path.ts";
import { type Account, listAccounts, readAccount } from "../sign-in/account.ts";
import { standingRight } from "./access.ts";

const action = (verb: string) => `Microsoft.Authorization/roleAssignments/${verb}`;

export async function assignmentReply(call: Call, target: RoleTarget): Promise<Reply> {
  if (target.name === undefined) {
    if (call.method !== "GET") throw methodNotAllowed(call.method, ["GET"]);
    return listReply(call, target.scope);
  }
  const place = { scope: target.scope, name: target.name };
  switch (call.method) {
    case "GET":
      return readReply(call, place);
    case "PUT":
      return writeReply(call, place);
    case "DELETE":
      return removeReply(call, place);
    default:
      throw methodNotAllowed(call.method, ["GET", "PUT", "DELETE"]);
  }
}

type Place = Pick<RoleAssignment, "scope" | "name">;

/** At the scope, above it and below it; `atScope()` leaves out what is below. */
async function listReply(call: Call, scope: string): Promise<Reply> {
  call.access.requireReach(action("read"), scope);
  const known = ["atScope is", "principalId eq", "assignedTo is"];
  const clauses = parseFilter(call.query.get("$filter"), known);
  const isShown = (one: RoleAssignment) =>
    clauses.every(({ field, value }) =>
      field === "atscope" ? covers(one.scope, scope) : sameId(value, one.principalId),
    ) &&
    (covers(one.scope, scope) || covers(scope, one.scope)) &&
    (call.access.allows(action("read"), one.scope) || call.access.allows(action("read"), scope));
  const rows = (await allAssignments(call)).filter(isShown);
  return { status: 200, body: { value: rows.map(assignmentWire) } };
}

async function readReply(call: Call, place: Place): Promise<Reply> {
  call.access.require(action("read"), place.scope);
  const found = await assignmentAt(call, place);
  if (found !== undefined) return { status: 200, body: assignmentWire(found) };
  throw notFound(
    "ResourceNotFound",
    `There is no role assignment '${place.name.slice(0, 100)}' at ${place.scope}.`,
  );
}

async function removeReply(call: Call, place: Place): Promise<Reply> {
  call.access.require(action("delete"), place.scope);
  const found = await assignmentAt(call, place);
  if (found === undefined) return { status: 204 };
  if (found.standing === true) {
    throw conflict(
      "ConflictError",
      "name",
      `Role assignment ${found.name} is refused to go: it comes with its principal's account; remove the account, or give it another role with 'causeway account set'.`,
    );
  }
  await call.deps.store.transaction((writer) => writer.removeRoleAssignment(found));
  return { status: 200, body: assignmentWire(found) };
}

async function assignmentAt(call: Call, place: Place): Promise<RoleAssignment | undefined> {
  const all = await allAssignments(call);
  return all.find((one) => sameId(one.name, place.name) && sameId(one.scope, place.scope));
}

const AssignmentBody = z.strictObject({
  properties: z.strictObject(
    {
      roleDefinitionId: z.string({ error: "must be the id of a role definition" }),
      principalId: z.guid({ error: "must be the object id (a GUID) of a principal" }),
      principalType: z.string({ error: "must be ServicePrincipal or User" }).optional(),
      description: z
        .string({ error: "must be a text" })
        .max(1_024, { error: "must be at most 1,024 characters" })
        .optional(),
      condition: z.unknown().optional(),
      conditionVersion: z.unknown().optional(),
      delegatedManagedIdentityResourceId: z.unknown().optional(),
    },
    { error: "must be an object" },
  ),
});
type Asked = z.infer<typeof AssignmentBody>["properties"];

const shape = {
  schema: AssignmentBody,
  ignored: ["scope", "createdOn", "updatedOn", "createdBy", "updatedBy"].map(
    (field) => `properties.${field}`,
  ),
};

async function writeReply(call: Call, place: Place): Promise<Reply> {
  const { scope, name } = place;
  call.access.require(action("write"), scope);
  const { store } = call.deps;
  const { asked: body, refusals } = await askedBody(call, shape);
  const asked = body?.properties;
  const account =
    asked === undefined ? undefined : await readAccount(store, asked.principalId.toLowerCase());
  const role = asked === undefined ? undefined : roleOf(asked);
  throwAny([
    ...nameRefusals(name),
    ...refusals,
    ...(asked === undefined ? [] : refusalsOf(asked, { role, account, scope })),
  ]);
  if (asked === undefined || role === undefined || account === undefined) {
    throw new Error("what is missing was refused above");
  }
  await requirePlace(call, scope);
  const written = await store.transaction(async (writer) => {
    const wanted = await wantedAssignment(call, { place, asked, role, account }, writer);
    await writer.putRoleAssignment(wanted);
    return wanted;
  });
  return { status: 201, body: assignmentWire(written) };
}

function nameRefusals(name: string): readonly ArmError[] {
  if (z.guid().safeParse(name).success) return [];
  return [
    refuse(
      "InvalidResourceName",
      "name",
      `name is refused: "${name.slice(0, 100)}" is no GUID; a role assignment is named by a new one.`,
    ),
  ];
}

function roleOf({ roleDefinitionId }: Asked): RoleDefinition | undefined {
  return roleNamed(/(?:^|\/roleDefinitions\/)([0-9a-f-]{36})$/i.exec(roleDefinitionId)?.[1] ?? "");
}

function* refusalsOf(
  asked: Asked,
  {
    role,
    account,
    scope,
  }: { role: RoleDefinition | undefined; account: Account | undefined; scope: string },
): Generator<ArmError> {
  const at = (field: string) => `properties.${field}`;
  if (role === undefined) {
    yield refuse(
      "RoleDefinitionDoesNotExist",
      at("roleDefinitionId"),
      `${at("roleDefinitionId")} is refused: it names no role; end it with the GUID of one of ${rolesInWords()}.`,
    );
  } else if (role.wholePlatform === true && scope !== "/") {
    yield refuse(
      "InvalidParameter",
      at("roleDefinitionId"),
      `${at("roleDefinitionId")} is refused: ${role.roleName} is a role over the whole platform, given at the scope / alone; give Owner here.`,
    );
  }
  if (account === undefined) {
    // Not the code of the public cloud: clients wait half an hour for its directory to catch up.
    yield refuse(
      "InvalidResourceReference",
      at("principalId"),
      `${at("principalId")} is refused: nobody has the object id ${asked.principalId}; an operator finds it with 'causeway account list --json'.`,
    );
  } else if (asked.principalType !== undefined && asked.principalType !== typeOf(account)) {
    yield refuse(
      "InvalidParameter",
      at("principalType"),
      `${at("principalType")} is refused: ${account.name} is a ${typeOf(account)}; send that, or leave it out.`,
    );
  }
  for (const field of [
    "condition",
    "conditionVersion",
    "delegatedManagedIdentityResourceId",
  ] as const) {
    if (asked[field] !== undefined) {
      yield notOffered(at(field), "leave it out: a role holds without conditions");
    }
  }
}

/** The group or resource that the scope names exists. */
async function requirePlace({ deps }: Call, scope: string): Promise<void> {
  if (scope === "/" || /^\/subscriptions\/[^/]+$/i.test(scope)) return;
  if ((await deps.store.read(scope)) !== undefined) return;
  throw notFound("ResourceNotFound", `${scope} was not found; a role is given on what exists.`);
}

async function wantedAssignment(
  { deps, principal }: Call,
  {
    place,
    asked,
    role,
    account,
  }: { place: Place; asked: Asked; role: RoleDefinition; account: Account },
  writer: StoreWriter,
): Promise<RoleAssignment> {
  const { scope, name } = place;
  const there = (await writer.roleAssignments()).filter((one) => sameId(one.scope, scope));
  const held = there.find((one) => sameId(one.name, name));
  if (held !== undefined && (held.role !== role.name || held.principalId !== account.objectId)) {
    const field = held.role === role.name ? "principalId" : "roleDefinitionId";
    throw immutableField(`properties.${field}`, {
      held: field === "principalId" ? held.principalId : held.role,
      asked: asked[field],
    });
  }
  const twin = [...there, standingAssignment(account)].find(
    (one) =>
      !sameId(one.name, name) &&
      sameId(one.scope, scope) &&
      one.role === role.name &&
      one.principalId === account.objectId,
  );
  if (twin !== undefined) {
    throw conflict(
      "RoleAssignmentExists",
      "name",
      `The role assignment is refused: ${account.name} is ${role.roleName} here already, by ${twin.name}; use that.`,
    );
  }
  const now = isoTime(deps.clock);
  return {
    ...{ name: name.toLowerCase(), scope, principalId: account.objectId, role: role.name },
    principalType: typeOf(account),
    ...(asked.description === undefined ? {} : { description: asked.description }),
    ...{ createdOn: held?.createdOn ?? now, updatedOn: now },
    ...{ createdBy: held?.createdBy ?? principal.objectId, updatedBy: principal.objectId },
  };
}

/** What was given, and what comes with the accounts. */
async function allAssignments({ deps: { store } }: Call): Promise<readonly RoleAssignment[]> {
  const accounts = await listAccounts(store);
  return [...accounts.map(standingAssignment), ...(await store.roleAssignments())];
}

function standingAssignment(account: Account): RoleAssignment {
  const { scope, role } = standingRight(account);
  const { objectId, changedAt } = account;
  return {
    ...{ name: guidOf(`${objectId} ${scope} ${role.name}`), scope, principalId: objectId },
    ...{ principalType: typeOf(account), role: role.name, standing: true },
    ...{ createdOn: changedAt, updatedOn: changedAt, createdBy: "", updatedBy: "" },
  };
}

/** The same for the same text (RFC 9562 §5.8). */
function guidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function typeOf({ kind }: Account): RoleAssignment["principalType"] {
  return kind === "user" ? "User" : "ServicePrincipal";
}
