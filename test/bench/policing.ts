import type { Benchmark } from "./benchmark.ts";

export const policing: Benchmark = { name: "policing", story: "", run: async () => [] };
