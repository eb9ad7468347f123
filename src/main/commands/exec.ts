import { Command } from "commander";
import { systemClock } from "../../base/clock.ts";
import { UsageError } from "../../cli/usage-error.ts";
import { linuxProbe } from "../../drivers/linux-probe.ts";
import type { Place } from "../../fabric/probe.ts";
import { DataFolder } from "../data-folder.ts";
import { loadInventory } from "./context.ts";
import { DEFAULT_DATA } from "./options.ts";
import { signedIn } from "./signed-in.ts";

export function execCommand(): Command {
  return new Command("exec")
    .description(
      "Run a command inside a node of the lab, or in a virtual machine by its name. Its exit code is the command's.",
    )
    .argument("<node>", "node of the fabric file, NODE/VRF, or the name of a virtual machine")
    .argument("<command...>", "the command, after --")
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .option("--fabric <file>", "fabric file that the lab was made from")
    .addHelpText("after", "\nExample: causeway exec alder-host -- ping -c 3 10.20.1.5")
    .passThroughOptions()
    .action(async (node: string, argv: string[], options: { data: string; fabric?: string }) => {
      const lab = await new DataFolder(options.data).readLab();
      if (lab === undefined)
        throw new UsageError(
          `There is no lab on the data folder ${options.data}. Start one with 'causeway up --data ${options.data}'.`,
        );
      const place = await findPlace(node, options);
      process.exitCode = await linuxProbe({ lab, clock: systemClock }).exec(place, argv);
    });
}

async function findPlace(text: string, options: { data: string; fabric?: string }): Promise<Place> {
  const { inventory } = await loadInventory(options.fabric);
  const [node = "", vrf = "default"] = text.split("/");
  if (inventory.nodes.some(({ name }) => name === node)) return { node, vrf };
  const { client } = await signedIn(options.data, "operator");
  const { value } = await client.get<{ value: readonly (Place & { name: string })[] }>(
    "/causeway/places",
  );
  const found = value.find(({ name }) => name.toLowerCase() === text.toLowerCase());
  if (found !== undefined) return found;
  const known = [...inventory.nodes.map(({ name }) => name), ...value.map(({ name }) => name)];
  throw new UsageError(
    `There is no node or virtual machine '${text}'. Known: ${known.join(", ")}.`,
  );
}
