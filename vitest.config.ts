import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// Hundreds of programs of Node are started, and reading TypeScript is half of what a short one does (bin/causeway.mjs).
process.env["NODE_COMPILE_CACHE"] ??= join(
  import.meta.dirname,
  "node_modules",
  ".cache",
  "compiled",
);

/** What takes longest begins first, or it would run alone at the end. */
class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      /\/(az-lives|demo|az|crash|cli|one-lab-routes|one-lab-services)\.test\.ts$/.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

const withLabs = {
  maxWorkers: 2,
  sequence: { groupOrder: 1 },
  // Longer than the slowest machine takes: a limit ends what hangs and measures nothing.
  testTimeout: 600_000,
  hookTimeout: 600_000,
};

/**
 * `unit` runs anywhere; `linux` needs root and makes real namespaces; `clients` runs the clients of others that are installed;
 * `nightly` is what takes too long for every change. What makes labs runs two files at a time, each with labs of its own: three
 * on two slow cores wait for each other longer than they gain.
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongFirst },
    projects: [
      {
        test: {
          name: "unit",
          // Also on two cores, of which one would be left idle else.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          // Half of the time went to importing the same modules for each file; no test keeps anything in one.
          isolate: false,
          include: [
            "src/**/*.test.ts",
            "test/*.test.ts",
            "test/arm-spec/*.test.ts",
            "test/scenarios/**/*.test.ts",
          ],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "clients",
          include: ["test/clients/**/*.test.ts"],
          ...withLabs,
        },
      },
      {
        test: {
          name: "linux",
          // As above.
          isolate: false,
          include: ["test/linux/**/*.test.ts"],
          ...withLabs,
        },
      },
      {
        test: {
          name: "nightly",
          include: ["test/nightly/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 3 * 3_600_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
