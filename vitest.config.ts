import { defineConfig } from "vitest/config";

/** `unit` runs anywhere; `linux` needs root and makes real namespaces, so its files run one at a time; `clients` runs the
 * clients of others that are installed; `nightly` is what takes too long for every change. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "src/**/*.test.ts",
            "test/*.test.ts",
            "test/arm-spec/*.test.ts",
            "test/scenarios/**/*.test.ts",
          ],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: "clients",
          include: ["test/clients/**/*.test.ts"],
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "linux",
          include: ["test/linux/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
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
