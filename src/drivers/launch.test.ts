import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { launch } from "./launch.ts";
import { argvAt, insideOf, ipAt, nodePaths } from "./places.ts";

const timeoutMs = 10_000;
const paths = nodePaths("t1", "edge");

test("what was put before a program to run it in a place is taken off again", () => {
  const { mount, net } = paths;
  const argv = ["ip", "-batch", "-"];
  const inVrf = { mount, net, namespace: "v1", argv };
  expect(insideOf(ipAt(paths, "v1", ["-batch", "-"]))).toEqual(inVrf);
  expect(insideOf(argvAt(paths, "default", argv))).toEqual({ ...inVrf, namespace: "default" });
  expect(insideOf(argv)).toBeUndefined();
  expect(insideOf(["nsenter", "--net=/run/netns/v1", "ip"])).toBeUndefined();
});

describe.skipIf(process.platform !== "linux")("programs", () => {
  const openFiles = () => readdirSync("/proc/self/fd").length;
  const inShell = (script: string) => launch({ argv: ["sh", "-c", script], timeoutMs });

  test("however one ends, nothing of it stays open", async () => {
    await inShell("true");
    const before = openFiles();
    const over = new AbortController();
    const unwanted = launch({ argv: ["sleep", "60"], timeoutMs }, over.signal);
    over.abort();
    await expect(unwanted).rejects.toMatchObject({ code: "ABORT_ERR" });
    await expect(launch({ argv: ["no-such-program"], timeoutMs })).rejects.toThrow("ENOENT");
    const many = await Promise.all(Array.from({ length: 20 }, () => inShell("echo yes")));
    expect(many.map(({ stdout }) => stdout)).toEqual(many.map(() => "yes\n"));
    await expect.poll(openFiles).toBe(before);
  });

  test("the signal that ended one is told, and none is ignored by it", async () => {
    expect(await inShell("kill -TERM $$")).toMatchObject({ code: -1, killed: "SIGTERM" });
    const { stdout } = await inShell("grep SigIgn /proc/self/status");
    // Signals 32 and 33 are the C library's own.
    expect(BigInt(`0x${stdout.split("\t")[1]?.trim()}`) & 0x7fff_ffffn).toBe(0n);
  });

  test("it has the input, the words and the environment as they are, and one variable changed later", async () => {
    process.env["CAUSEWAY_TRIED"] = "grün $HOME";
    try {
      const words = ["sh", "-c", 'cat; printf "%s|" "$@" "$CAUSEWAY_TRIED"', "sh"] as const;
      const argv = [...words, "", "a b", "ä'\"$x"] as const;
      const { stdout } = await launch({ argv, input: "first\n", timeoutMs });
      expect(stdout).toBe("first\n|a b|ä'\"$x|grün $HOME|");
    } finally {
      delete process.env["CAUSEWAY_TRIED"];
    }
  });

  test("a word that the program would get cut off is refused", async () => {
    await expect(launch({ argv: ["echo", "a\0b"], timeoutMs })).rejects.toThrow("zero byte");
  });

  test("a place that is not there is told as nsenter tells it, and this thread stays where it is", async () => {
    const home = readFileSync("/proc/thread-self/mountinfo", "utf8");
    const ending = await launch({ argv: ipAt(paths, "v1", ["link"]), timeoutMs });
    expect(ending).toMatchObject({ code: 1, stdout: "" });
    expect(ending.stderr).toContain("no such file");
    expect(readFileSync("/proc/thread-self/mountinfo", "utf8")).toBe(home);
  });
});
