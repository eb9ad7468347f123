/**
 * MACsec (IEEE 802.1AE) on a port of this machine: why it is not carried. The kernel encrypts with session keys that it
 * is given; they, and who the other end is, come from key agreement (MKA, IEEE 802.1X-2020 §9), by an agent that knows
 * the pre-shared keys, and there is none yet.
 */
import type { Fragment } from "../fabric/intent.ts";
import type { FragmentResult } from "../fabric/report.ts";
import { runAnyway } from "./run.ts";

/** The results, with the reason at each port whose keys are not in use here. */
export async function tellMacsec(
  results: readonly FragmentResult[],
  fragments: readonly Fragment[],
  kernelCan: () => Promise<boolean> = kernelHasMacsec,
): Promise<readonly FragmentResult[]> {
  const asked = new Set(
    fragments.flatMap((one) => (one.kind === "port" && one.macSec !== undefined ? [one.key] : [])),
  );
  if (asked.size === 0) return results;
  const notCarried = (await kernelCan())
    ? "not carried: no agent for key agreement (MKA) on this node"
    : "not carried: kernel has no macsec";
  return results.map((result) => (asked.has(result.key) ? { ...result, notCarried } : result));
}

let kernel: Promise<boolean> | undefined;

/** Asked once: a kernel that has it refuses this for the loopback, one that has not for the kind. Nothing is made. */
function kernelHasMacsec(): Promise<boolean> {
  const argv = ["ip", "link", "add", "link", "lo", "name", "cwmacsec", "type", "macsec"] as const;
  kernel ??= runAnyway({ argv, why: "ask the kernel for MACsec" }).then(
    ({ stderr }) => saysMacsec(stderr),
    () => false,
  );
  return kernel;
}

export function saysMacsec(refusal: string): boolean {
  return !/unknown device type|not supported/i.test(refusal);
}
