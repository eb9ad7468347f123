import { afterEach, expect, test } from "vitest";
import { Launcher } from "./launcher.ts";

const launcher = new Launcher();
afterEach(() => launcher.close());
const timeoutMs = 10_000;

test("a program gets its input, and what it prints and how it ended come back", async () => {
  const argv = ["cat"] as const;
  const large = "line\n".repeat(100_000);
  const ending = await launcher.launch({ argv, input: large, timeoutMs });
  expect(ending).toEqual({ code: 0, stdout: large, stderr: "" });
  expect(await launcher.launch({ argv: ["false"], timeoutMs })).toMatchObject({ code: 1 });
});

test("a program that is not there is told from one that failed", async () => {
  const missing = launcher.launch({ argv: ["no-such-program"], timeoutMs });
  await expect(missing).rejects.toMatchObject({ code: "ENOENT" });
});

test("a program that is no longer wanted, or takes too long, is ended", async () => {
  const over = new AbortController();
  const sleeping = launcher.launch({ argv: ["sleep", "60"], timeoutMs }, over.signal);
  await launcher.launch({ argv: ["true"], timeoutMs });
  over.abort();
  await expect(sleeping).rejects.toMatchObject({ code: "ABORT_ERR" });
  const slow = await launcher.launch({ argv: ["sleep", "60"], timeoutMs: 50 });
  expect(slow).toMatchObject({ killed: "SIGKILL" });
});

test("where programs are looked for may change after it was started", async () => {
  await launcher.launch({ argv: ["true"], timeoutMs });
  const path = process.env["PATH"];
  process.env["PATH"] = "/nowhere";
  try {
    const missing = launcher.launch({ argv: ["true"], timeoutMs });
    await expect(missing).rejects.toMatchObject({ code: "ENOENT" });
  } finally {
    process.env["PATH"] = path;
  }
});
