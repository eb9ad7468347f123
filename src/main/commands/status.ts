import { Command } from "commander";
import { type Terminal, table } from "../../cli/terminal.ts";
import type { WireResource } from "../../client/client.ts";
import { DEFAULT_DATA } from "./options.ts";
import { signedIn } from "./signed-in.ts";

type NodeState = {
  readonly name: string;
  readonly role: string;
  readonly generationWanted: number;
  readonly generationApplied: number;
  readonly error?: string;
  readonly fragmentsFailed: readonly { key: string; error: string }[];
};

export function statusCommand(terminal: Terminal): Command {
  return new Command("status")
    .description(
      "Show circuits and nodes: what is wanted, what is applied, and why they differ. Exit code 1 when a node fails.",
    )
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .option("--json", "print the facts as JSON")
    .action(async (options: { data: string; json?: boolean }) => {
      const { client, credentials } = await signedIn(options.data, "operator");
      const customer =
        credentials.principals.find(({ name }) => name === "customer")?.subscriptionId ?? "";
      const { value: nodes } = await client.get<{ value: readonly NodeState[] }>("/causeway/nodes");
      const circuits = await client.list<WireResource>(
        `/subscriptions/${customer}/providers/Microsoft.Network/expressRouteCircuits`,
      );
      const failing = nodes.some(
        ({ error, fragmentsFailed }) => error !== undefined || fragmentsFailed.length > 0,
      );
      if (options.json) terminal.json({ endpoint: credentials.endpoint, circuits, nodes });
      else for (const line of print(credentials.endpoint, circuits, nodes)) terminal.line(line);
      process.exitCode = failing ? 1 : 0;
    });
}

function print(
  endpoint: string,
  circuits: readonly WireResource[],
  nodes: readonly NodeState[],
): string[] {
  const circuitRows = circuits.map(({ name, properties }) => [
    name,
    String(properties["circuitProvisioningState"]),
    String(properties["serviceProviderProvisioningState"]),
    String(properties.provisioningState),
    properties["stag"] === undefined ? "–" : String(properties["stag"]),
    String(properties["serviceKey"]),
  ]);
  const nodeRows = nodes.map(
    ({ name, role, generationWanted, generationApplied, error, fragmentsFailed }) => [
      name,
      role,
      generationWanted === generationApplied
        ? `at ${generationApplied}`
        : `at ${generationApplied}, wants ${generationWanted}`,
      error ?? fragmentsFailed.map((failed) => `${failed.key}: ${failed.error}`).join("; "),
    ],
  );
  return [
    `Server: ${endpoint}`,
    "",
    ...(circuits.length === 0
      ? ["No circuits are ordered."]
      : table(["circuit", "cloud", "provider", "state", "S-tag", "service key"], circuitRows)),
    "",
    ...table(["node", "role", "intent", "trouble"], nodeRows),
  ];
}
