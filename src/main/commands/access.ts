import { randomUUID } from "node:crypto";
import { Command } from "commander";
import { type Terminal, table } from "../../cli/terminal.ts";
import { UsageError } from "../../cli/usage-error.ts";
import type { Client } from "../../client/client.ts";
import { roleDefinitionId, roleDefinitions, roleNamed } from "../../domain/role-definition.ts";
import { asOption, DEFAULT_DATA } from "./options.ts";
import { type SignedInOptions, signedIn } from "./signed-in.ts";

type Options = SignedInOptions & { readonly scope?: string };

type Assignment = {
  readonly id: string;
  readonly properties: {
    readonly principalId: string;
    readonly principalType: string;
    readonly roleDefinitionId: string;
    readonly scope: string;
  };
};

const version = "api-version=2022-04-01";
const assignments = "/providers/Microsoft.Authorization/roleAssignments";
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function accessCommand(terminal: Terminal): Command {
  return new Command("access")
    .description("Show and change who has which role on a subscription, a group or a resource.")
    .addCommand(listCommand(terminal))
    .addCommand(giveCommand(terminal))
    .addCommand(takeCommand(terminal));
}

function withScope(command: Command): Command {
  return command
    .addOption(asOption())
    .option(
      "--scope <id>",
      "id of a subscription, group or resource; default: one's own subscription",
    )
    .option("--data <folder>", "data folder", DEFAULT_DATA);
}

async function at(options: Options): Promise<{ client: Client; scope: string }> {
  const { client, principal } = await signedIn(options.data, options.as);
  const scope = options.scope ?? `/subscriptions/${principal.subscriptionId}`;
  return { client, scope: scope.replace(/\/+$/, "") };
}

function listCommand(terminal: Terminal): Command {
  return withScope(new Command("list"))
    .description("List what holds at the scope, from above it and below it.")
    .option("--json", "print them as JSON")
    .action(async (options: Options & { json?: boolean }) => {
      const { client, scope } = await at(options);
      const rows = await client.list<Assignment>(`${scope}${assignments}?${version}`);
      if (options.json) return terminal.json(rows);
      const cells = rows.map(({ id, properties }) => [
        properties.principalId,
        roleIn(properties.roleDefinitionId),
        properties.scope,
        id.slice(id.lastIndexOf("/") + 1),
      ]);
      for (const line of table(["principal", "role", "scope", "name"], cells)) terminal.line(line);
    });
}

function giveCommand(terminal: Terminal): Command {
  const names = roleDefinitions.map(({ roleName }) => roleName).join(", ");
  return withScope(new Command("give"))
    .description("Give somebody a role, and print the assignment as JSON.")
    .argument("<principal>", "object id of an account; an operator may give its name")
    .requiredOption("--role <name>", `one of ${names}`)
    .action(async (principal: string, options: Options & { role: string }) => {
      const role = roleDefinitions.find(
        ({ roleName }) => roleName.toLowerCase() === options.role.toLowerCase(),
      );
      if (role === undefined)
        throw new UsageError(`There is no role '${options.role}'; there are ${names}.`);
      const { client, scope } = await at(options);
      const principalId = guid.test(principal) ? principal : await objectIdOf(client, principal);
      const { body } = await client.put<Assignment>(
        `${scope}${assignments}/${randomUUID()}?${version}`,
        { properties: { roleDefinitionId: roleDefinitionId("/", role), principalId } },
      );
      terminal.json(body);
    });
}

function takeCommand(terminal: Terminal): Command {
  return withScope(new Command("take"))
    .description("Take a role away again.")
    .argument("<name>", "name of the assignment at the scope, as 'access list' shows it")
    .action(async (name: string, options: Options) => {
      const { client, scope } = await at(options);
      const { status } = await client.delete(
        `${scope}${assignments}/${encodeURIComponent(name)}?${version}`,
      );
      terminal.line(
        status === 204
          ? `There is no assignment '${name}' at ${scope}.`
          : `'${name}' is taken away.`,
      );
    });
}

async function objectIdOf(client: Client, name: string): Promise<string> {
  const accounts = await client.list<{ name: string; objectId: string }>("/causeway/accounts");
  const found = accounts.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found.objectId;
  throw new UsageError(
    `There is no account '${name}'. Known: ${accounts.map((one) => one.name).join(", ")}.`,
  );
}

function roleIn(id: string): string {
  return roleNamed(id.slice(id.lastIndexOf("/") + 1))?.roleName ?? id;
}
