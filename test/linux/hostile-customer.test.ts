import { test } from "vitest";
import { sufferHostileCustomer } from "./hostile.ts";

test("a customer who announces too much, flaps, lies, sends garbage and others' tags disturbs nobody", async () => {
  await sufferHostileCustomer({
    lab: "hostile",
    prefixes: 20_000,
    flaps: 200,
    fuzzed: 300,
    seed: 7,
  });
});
