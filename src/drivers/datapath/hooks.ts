/**
 * Programs come to a link by its hooks where the kernel has them (Linux 6.6), elsewhere as filters of a qdisc: the same
 * programs in the same order, but a filter costs each packet about as much again as a short program (docs/decisions/0026).
 */
import { messageOf } from "../../base/cause.ts";
import type { HookFailure } from "../netlink/kernel.ts";
import { argvAt, type NodePaths } from "../places.ts";
import { kernelReader, runAnyway } from "../run.ts";
import { attachLine, detachLine, isMeasuring, type LinkFilter, type Program } from "./programs.ts";

export type ProgramChange = {
  readonly device: string;
  readonly unmerged?: true;
  readonly attach: readonly (Program | LinkFilter)[];
  readonly detach: readonly (Program | LinkFilter)[];
};

/** What could not be done, link by link. */
export async function changePrograms(
  paths: NodePaths,
  namespace: string,
  changes: readonly ProgramChange[],
  signal: AbortSignal,
): Promise<readonly HookFailure[]> {
  const { net, mount, pins } = paths;
  const place = { net, mount, namespaces: [namespace] };
  const pinned = changes.map(({ attach, detach, ...link }) => ({
    ...link,
    attach: attach.map((each) => ({ path: `${pins}/${each}`, isFirst: isMeasuring(each) })),
    detach: detach.map((each) => `${pins}/${each}`),
  }));
  try {
    const failures = await kernelReader().hook(pinned, place, signal);
    if (failures !== undefined) return failures;
  } catch (cause) {
    return changes.map(({ device }) => ({ device, reason: messageOf(cause) }));
  }
  return changeFilters(paths, namespace, changes, signal);
}

/** The same for kernels without hooks. */
export async function changeFilters(
  paths: NodePaths,
  namespace: string,
  changes: readonly ProgramChange[],
  signal: AbortSignal,
): Promise<readonly HookFailure[]> {
  const tc = (lines: readonly string[]) => {
    const argv = argvAt(paths, namespace, ["tc", "-force", "-batch", "-"]);
    const input = lines.map((line) => `${line}\n`).join("");
    const why = `put the datapath on the links of ${namespace} of ${paths.node}`;
    return runAnyway({ argv, input, why }, { signal });
  };
  // What is gone already is no failure, and one that stays is seen by the next look.
  const gone = changes.flatMap(({ device, detach }) =>
    detach.map((program) => detachLine(device, program)),
  );
  if (gone.length > 0) await tc(gone);
  const attached = changes.filter(({ attach }) => attach.length > 0);
  if (attached.length === 0) return [];
  const lines = attached.flatMap(({ device, attach }) => [
    `qdisc replace dev ${device} clsact`,
    ...attach.map((program) => attachLine(device, program, paths.pins)),
  ]);
  const { code, stderr } = await tc(lines);
  if (code === 0) return [];
  return attached.map(({ device }) => ({ device, reason: `tc: ${stderr.trim()}` }));
}
