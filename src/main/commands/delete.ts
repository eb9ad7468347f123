import { Command } from "commander";
import type { Terminal } from "../../cli/terminal.ts";
import { UsageError } from "../../cli/usage-error.ts";
import { type DeletionPlan, planDeletion } from "../../client/deletion.ts";
import { asOption, DEFAULT_DATA } from "./options.ts";
import { type SignedInOptions, signedIn } from "./signed-in.ts";

type Options = SignedInOptions & { readonly plan?: boolean; readonly json?: boolean };

export function deleteCommand(terminal: Terminal): Command {
  return new Command("delete")
    .description("Delete a resource, and first, in the order that holds, all that depends on it.")
    .argument("<id>", "id of the resource: /subscriptions/…/resourceGroups/…")
    .addOption(asOption())
    .option("--plan", "only show what would go, and what it waits for")
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .option("--json", "print the plan as JSON")
    .action(async (id: string, options: Options) => {
      if (!id.toLowerCase().startsWith("/subscriptions/"))
        throw new UsageError(`'${id}' is no id; write /subscriptions/…, as the API shows it.`);
      const { client } = await signedIn(options.data, options.as);
      const plan = await planDeletion(client, id);
      if (options.json) terminal.json(plan);
      else tell(terminal, plan);
      if (options.plan) return;
      if (plan.waits.length > 0) {
        process.exitCode = 1;
        return;
      }
      for (const step of plan.steps) {
        await client.waitFor(await client.delete(step));
        if (!options.json) terminal.line(`Deleted ${step}`);
      }
    });
}

function tell(terminal: Terminal, { steps, waits }: DeletionPlan): void {
  terminal.line(
    steps.length === 0 ? "There is nothing to delete." : "To be deleted, in this order:",
  );
  for (const [index, step] of steps.entries()) terminal.line(`  ${index + 1}. ${step}`);
  if (waits.length === 0) return;
  terminal.line("Somebody has to act first:");
  for (const { why } of waits) terminal.line(`  ${why}`);
}
