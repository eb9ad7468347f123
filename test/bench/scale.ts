import type { Benchmark } from "./benchmark.ts";

export const scale: Benchmark = { name: "scale", story: "", run: async () => [] };
