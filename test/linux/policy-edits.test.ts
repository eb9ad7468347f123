import { test } from "vitest";
import { editPolicies } from "./policy-edits.ts";

test("forty random policy edits reset no session", async () => {
  await editPolicies({ lab: "edits", edits: 40, seed: 11 });
});
