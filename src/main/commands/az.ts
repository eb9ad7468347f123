import { Command } from "commander";
import { runAz } from "../az.ts";
import { DataFolder } from "../data-folder.ts";
import { asOption, DEFAULT_DATA } from "./options.ts";
import { type SignedInOptions, signedIn } from "./signed-in.ts";

export function azCommand(): Command {
  return new Command("az")
    .description(
      "Run the installed az against the server, in a profile of its own and signed in. Its exit code is az's.",
    )
    .argument("[args...]", "what az is given")
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .addOption(asOption())
    .addHelpText("after", "\nExample: causeway az --as customer network express-route list")
    .passThroughOptions()
    .allowUnknownOption()
    .action(async (args: string[], options: SignedInOptions) => {
      const { credentials, principal } = await signedIn(options.data, options.as);
      const folder = new DataFolder(options.data);
      process.exitCode = await runAz({ folder, credentials, principal }, args);
    });
}
