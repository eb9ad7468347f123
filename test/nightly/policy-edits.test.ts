import { test } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { editPolicies } from "../linux/policy-edits.ts";

test("a thousand random policy edits reset no session", async () => {
  await editPolicies({
    lab: "editsnight",
    edits: 1_000,
    seed: Math.floor(systemClock.now() / 86_400_000),
  });
});
