/**
 * One lab for many tests: raising one takes longer than most of them. Who borrows it orders what it needs; when it is given
 * back, all resource groups are deleted, and nothing may be left of them on any node.
 */
import { expect } from "vitest";
import { converged, type LabServer, snapshotLab, startLabServer, until } from "../lab-server.ts";
import { cancelAll } from "../orders.ts";

type Raised = {
  readonly server: LabServer;
  readonly lab: string;
  readonly bare: readonly string[];
};

let raised: Promise<Raised> | undefined;

export async function borrowLab(): Promise<LabServer> {
  raised ??= raise();
  const { server } = await raised;
  return { ...server, [Symbol.asyncDispose]: giveBack };
}

/** The last who borrowed it has given it back. */
export async function razeBorrowedLab(): Promise<void> {
  const last = await raised;
  raised = undefined;
  await last?.server[Symbol.asyncDispose]();
}

async function raise(): Promise<Raised> {
  const server = await startLabServer();
  const lab = (await server.folder.readLab()) ?? "";
  return { server, lab, bare: await snapshotLab(lab) };
}

/** A lab that is not as it was is nobody's any more: the next gets another. */
async function giveBack(): Promise<void> {
  if (raised === undefined) return;
  const { server, lab, bare } = await raised;
  let left: readonly string[] = [];
  try {
    await cancelAll(server.parties);
    await converged(server.parties);
    await until("nothing is left", async () => {
      left = (await snapshotLab(lab)).filter((line) => !bare.includes(line));
      return left.length === 0 ? true : undefined;
    }).catch(() => {});
    expect(left).toEqual([]);
  } catch (error) {
    await razeBorrowedLab();
    throw error;
  }
}
