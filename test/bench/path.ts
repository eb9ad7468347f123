import type { Benchmark } from "./benchmark.ts";

export const path: Benchmark = { name: "path", story: "", run: async () => [] };
