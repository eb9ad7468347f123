import { Command } from "commander";
import type { Terminal } from "../../cli/terminal.ts";
import { UsageError } from "../../cli/usage-error.ts";
import { type Credentials, DataFolder, type Principal } from "../data-folder.ts";
import { ensureTrustBundle } from "../trust.ts";
import { asOption, DEFAULT_DATA } from "./options.ts";
import { type SignedInOptions, signedIn } from "./signed-in.ts";

type Client = "terraform" | "sdk" | "pulumi";
type EnvOptions = SignedInOptions & { readonly [client in Client]?: boolean };
type Settings = Readonly<Record<string, string>>;
type Place = {
  readonly credentials: Credentials;
  readonly principal: Principal;
  readonly bundle: string;
};

export function envCommand(terminal: Terminal): Command {
  return new Command("env")
    .description("Print the settings with which a client reaches the server, for a shell to read.")
    .option("--terraform", "for the azurerm provider")
    .option("--sdk", "for Azure's SDKs, by their ClientSecretCredential")
    .option("--pulumi", "for azure-native")
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .addOption(asOption())
    .addHelpText("after", '\nExample: eval "$(causeway env --terraform)" && terraform plan')
    .action(async (options: EnvOptions) => {
      const chosen = (["terraform", "sdk", "pulumi"] as const).filter((name) => options[name]);
      const [client] = chosen;
      if (client === undefined || chosen.length > 1)
        throw new UsageError("Name one client: --terraform, --sdk or --pulumi.");
      const { credentials, principal } = await signedIn(options.data, options.as);
      const bundle = await ensureTrustBundle(new DataFolder(options.data));
      const settings = settingsOf[client]({ credentials, principal, bundle });
      for (const [name, value] of Object.entries(settings))
        terminal.line(`export ${name}=${quoted(value)}`);
    });
}

const settingsOf: Readonly<Record<Client, (place: Place) => Settings>> = {
  terraform: (place) => ({
    ...armSettings(place),
    // For providers before 5.0; later ones do not ask.
    ARM_PROVIDER_ENHANCED_VALIDATION: "false",
    ARM_RESOURCE_PROVIDER_REGISTRATIONS: "none",
    ARM_USE_CLI: "false",
  }),
  pulumi: (place) => ({ ...armSettings(place), ARM_DISABLE_INSTANCE_DISCOVERY: "true" }),
  sdk: ({ credentials, principal, bundle }) => ({
    AZURE_AUTHORITY_HOST: credentials.endpoint,
    AZURE_TENANT_ID: credentials.tenantId,
    AZURE_CLIENT_ID: principal.clientId,
    AZURE_CLIENT_SECRET: principal.clientSecret,
    AZURE_SUBSCRIPTION_ID: principal.subscriptionId,
    AZURE_RESOURCE_MANAGER_ENDPOINT: credentials.endpoint,
    NODE_EXTRA_CA_CERTS: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    SSL_CERT_FILE: bundle,
  }),
};

function armSettings({ credentials, principal, bundle }: Place): Settings {
  return {
    ARM_METADATA_HOSTNAME: new URL(credentials.endpoint).host,
    ARM_TENANT_ID: credentials.tenantId,
    ARM_CLIENT_ID: principal.clientId,
    ARM_CLIENT_SECRET: principal.clientSecret,
    ARM_SUBSCRIPTION_ID: principal.subscriptionId,
    SSL_CERT_FILE: bundle,
  };
}

/** As one word of a POSIX shell, whatever a path holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
