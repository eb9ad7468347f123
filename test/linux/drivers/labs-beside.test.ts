/** Labs of one machine come and go without each other. */
import { expect, test } from "vitest";
import { run } from "../../../src/drivers/run.ts";
import { raiseBenchLab } from "./bench-lab.ts";

const NAMES = Array.from({ length: 30 }, (_, index) => `cwtest-beside-${index}`);

async function namespaces(word: "add" | "delete"): Promise<void> {
  const input = NAMES.map((name) => `netns ${word} ${name}\n`).join("");
  await run({ argv: ["ip", "-batch", "-"], input, why: `${word} namespaces of somebody else` });
}

test("nodes are made while namespaces of others vanish", async () => {
  let ended = false;
  const others = (async () => {
    while (!ended) {
      await namespaces("add");
      await namespaces("delete");
    }
  })();
  try {
    for (let round = 0; round < 2; round += 1) {
      await using lab = await raiseBenchLab("beside", ["a:p1-b:p1", "c:p1-d:p1"]);
      expect(lab.node("a").name).toBe("a");
    }
  } finally {
    ended = true;
    await others;
  }
});
