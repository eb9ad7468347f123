import { frrDirectory } from "../../src/drivers/frr/daemons.ts";
import { runAnyway } from "../../src/drivers/run.ts";

export async function frrVersion(): Promise<string> {
  const folder = frrDirectory();
  if (folder === undefined) return "absent";
  const argv: [string, string] = [`${folder}/bgpd`, "--version"];
  const { stdout } = await runAnyway({ argv, why: "read the version of FRR" });
  return /version (\S+)/.exec(stdout)?.[1] ?? "unknown";
}
