import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { UsageError } from "../cli/usage-error.ts";
import { DataFolder } from "./data-folder.ts";

const random = seededRandom(1);
const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true });
});

async function folder(): Promise<DataFolder> {
  const path = mkdtempSync(join(tmpdir(), "causeway-data-"));
  made.push(path);
  const data = new DataFolder(join(path, "data"));
  await data.ensure();
  return data;
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

test("one holder at a time; the other is told who it is and what to do", async () => {
  const data = await folder();
  const lock = await data.lock();
  expect(await data.held()).toBe(true);
  await expect(data.lock()).rejects.toThrow(UsageError);
  await expect(data.lock()).rejects.toThrow(/in use by another process.*causeway stop --data/);
  await data.writeNote({ pid: 7, endpoint: "http://x", nodes: "simulated", lab: "ab" });
  await expect(data.lock()).rejects.toThrow(/process 7 at http:\/\/x/);
  lock[Symbol.dispose]();
  expect(await data.held()).toBe(false);
  (await data.lock())[Symbol.dispose]();
});

test("a folder that nobody used is not held, and asking leaves nothing", async () => {
  const data = await folder();
  expect(await data.held()).toBe(false);
  expect(existsSync(data.file("lock.sqlite"))).toBe(false);
});

test("credentials and keys are their owner's alone, and stay over restarts", async () => {
  const data = await folder();
  const first = await data.ensureCredentials("http://one", random);
  const key = await data.ensureSealKey(random);
  const lab = await data.ensureLab(random);
  for (const file of ["credentials.json", "seal.key", "lab"] as const)
    expect(modeOf(data.file(file))).toBe(0o600);
  expect(modeOf(data.path)).toBe(0o700);
  const again = new DataFolder(data.path);
  const second = await again.ensureCredentials("http://two", random);
  expect(second).toEqual({ ...first, endpoint: "http://two" });
  expect(await again.readCredentials()).toEqual(second);
  expect(await again.ensureSealKey(random)).toEqual(key);
  expect(key).toHaveLength(32);
  expect(await again.ensureLab(random)).toBe(lab);
  expect(new Set(first.principals.map(({ clientSecret }) => clientSecret)).size).toBe(3);
});

test("what is not there is undefined, and what is spoilt is an error that names the file", async () => {
  const data = await folder();
  expect([await data.readNote(), await data.readCredentials(), await data.readLab()]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
