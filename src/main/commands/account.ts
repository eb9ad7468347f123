import { readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { type Terminal, table } from "../../cli/terminal.ts";
import { DEFAULT_DATA } from "./options.ts";
import { signedIn } from "./signed-in.ts";

type Account = {
  readonly name: string;
  readonly kind: string;
  readonly role: string;
  readonly clientId: string;
  readonly subscriptionId: string;
  readonly secret?: string;
};

type SetOptions = {
  readonly data: string;
  readonly role: string;
  readonly kind: string;
  readonly subscription?: string;
  readonly provider?: string;
  readonly publicKey?: string;
  readonly issuer?: string;
  readonly subject?: string;
};

export function accountCommand(terminal: Terminal): Command {
  return new Command("account")
    .description("Show and change who may sign in beside the principals of the first start.")
    .addCommand(listCommand(terminal))
    .addCommand(setCommand(terminal))
    .addCommand(removeCommand(terminal));
}

function withData(command: Command): Command {
  return command.option("--data <folder>", "data folder", DEFAULT_DATA);
}

function listCommand(terminal: Terminal): Command {
  return withData(new Command("list"))
    .description("List all accounts.")
    .option("--json", "print them as JSON")
    .action(async ({ data, json }: { data: string; json?: boolean }) => {
      const { client } = await signedIn(data, "operator");
      const accounts = await client.list<Account>("/causeway/accounts");
      if (json) return terminal.json(accounts);
      const rows = accounts.map((one) => [
        one.name,
        one.kind,
        one.role,
        one.clientId,
        one.subscriptionId,
      ]);
      for (const line of table(["name", "kind", "role", "client", "subscription"], rows))
        terminal.line(line);
    });
}

function setCommand(terminal: Terminal): Command {
  return withData(new Command("set"))
    .description(
      "Make an account, or give it a new secret, and print it as JSON; the secret is shown this once.",
    )
    .argument("<name>", "its name; a user's is its user name")
    .addOption(
      new Option("--role <role>", "what it may do")
        .choices(["customer", "provider", "operator"])
        .default("customer"),
    )
    .addOption(
      new Option("--kind <kind>", "who it is")
        .choices(["application", "user"])
        .default("application"),
    )
    .option("--subscription <id>", "its subscription; default: a new one")
    .option("--provider <name>", "the one provider that it stands for; default: all of the fabric")
    .option("--public-key <file>", "sign in by assertions of this key, a JWK, in place of a secret")
    .option("--issuer <url>", "sign in by assertions of this issuer, one of 'up --oidc-issuer'")
    .option("--subject <text>", "whom --issuer's assertions are about")
    .action(async (name: string, options: SetOptions) => {
      const { client } = await signedIn(options.data, "operator");
      const { role, kind, subscription, provider, publicKey, issuer, subject } = options;
      const { body } = await client.put<Account>(`/causeway/accounts/${encodeURIComponent(name)}`, {
        ...{ role, kind },
        ...(subscription === undefined ? {} : { subscriptionId: subscription }),
        ...(provider === undefined ? {} : { providerName: provider }),
        ...(publicKey === undefined
          ? {}
          : { publicKey: JSON.parse(await readFile(publicKey, "utf8")) }),
        ...(issuer === undefined ? {} : { federated: { issuer, subject: subject ?? "" } }),
      });
      terminal.json(body);
    });
}

function removeCommand(terminal: Terminal): Command {
  return withData(new Command("remove"))
    .description("Remove an account; its tokens are void at once.")
    .argument("<name>", "its name")
    .action(async (name: string, { data }: { data: string }) => {
      const { client } = await signedIn(data, "operator");
      const { status } = await client.delete(`/causeway/accounts/${encodeURIComponent(name)}`);
      terminal.line(status === 204 ? `There is no account '${name}'.` : `'${name}' is removed.`);
    });
}
