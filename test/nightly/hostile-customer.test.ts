/** A full table, a minute of flapping and a night's worth of garbage, with another seed each day. */
import { test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { sufferHostileCustomer } from "../linux/hostile.ts";

test("a customer with a full table of 200,000 prefixes and three thousand broken updates disturbs nobody", async () => {
  await sufferHostileCustomer({
    lab: "hostilenight",
    prefixes: 200_000,
    flaps: 1_000,
    fuzzed: 3_000,
    seed: Math.floor(systemClock.now() / 86_400_000),
  });
});
