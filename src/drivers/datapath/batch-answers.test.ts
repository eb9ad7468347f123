import { expect, test } from "vitest";
import { batchAnswers } from "./batch-answers.ts";

const two = JSON.stringify([
  { command: ["map", "show"], output: [] },
  { command: ["net", "show"], output: [{ tc: [] }] },
]);

test("a batch whose every line was answered holds, whatever bpftool ends with", () => {
  const output = { code: 255, stdout: two, stderr: "Error: reading batch file failed: EBADF" };
  expect(batchAnswers(2, output, "read tags")).toEqual([[], [{ tc: [] }]]);
});

test("its complaint about its input is no answer", () => {
  const complaint = { error: "reading batch file failed: Bad file descriptor" };
  const stdout = JSON.stringify([...JSON.parse(two), complaint]);
  expect(batchAnswers(2, { code: 255, stdout, stderr: "" }, "read tags")).toHaveLength(2);
});

test("a line that failed is told in bpftool's own words", () => {
  const failed = JSON.stringify([{ command: ["x"], output: { error: "No such file" } }]);
  const output = { code: 255, stdout: failed, stderr: "" };
  expect(() => batchAnswers(1, output, "read tags")).toThrow(
    "read tags: bpftool says: No such file",
  );
});

test("fewer answers than lines, or none that can be read, is a failure", () => {
  const short = { code: 0, stdout: two, stderr: "" };
  expect(() => batchAnswers(3, short, "read tags")).toThrow("nothing, and ended with 0");
  const broken = { code: 1, stdout: "[{", stderr: "Killed\n" };
  expect(() => batchAnswers(1, broken, "read tags")).toThrow("bpftool says: Killed");
});
