import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { silentLog } from "../base/log.ts";
import { openSecretFile } from "./secret-file.ts";

const subscriptionId = "11111111-1111-4111-8111-111111111111";
const identifier = "https://keys.example.net/secrets/ckn";
const entry = { subscriptionId, identifier, value: "0a01" };

function file(content: unknown, mode = 0o600) {
  const folder = mkdtempSync(join(tmpdir(), "causeway-secrets-"));
  const path = join(folder, "secrets.json");
  const write = (next: unknown) => {
    writeFileSync(path, typeof next === "string" ? next : JSON.stringify(next));
    chmodSync(path, mode);
  };
  write(content);
  return { path, write, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

test("a secret is its subscription's own, and another version is there at once", async () => {
  using at = file({ secrets: [entry] });
  const source = await openSecretFile(at.path, silentLog);
  expect(await source.read(subscriptionId, identifier)).toBe("0a01");
  expect(await source.read(subscriptionId, "https://KEYS.example.net/secrets/ckn")).toBe("0a01");
  expect(await source.read(subscriptionId, `${identifier}/2`)).toBeUndefined();
  const another = "22222222-2222-4222-8222-222222222222";
  expect(await source.read(another, identifier)).toBeUndefined();
  at.write({ secrets: [entry, { ...entry, identifier: `${identifier}/2`, value: "0a02" }] });
  expect(await source.read(subscriptionId, `${identifier}/2`)).toBe("0a02");
});

test.each([
  ["others may read", { secrets: [] }, 0o640],
  ["no JSON", "0a01 is the secret", 0o600],
  ["secrets.0.value", { secrets: [{ ...entry, value: 7 }] }, 0o600],
  ["secrets[1] stands there already", { secrets: [entry, entry] }, 0o600],
])("a file is refused: %s", async (why, content, mode) => {
  using at = file(content, mode);
  const refused = openSecretFile(at.path, silentLog);
  await expect(refused).rejects.toThrow(why);
  await expect(refused).rejects.not.toThrow("0a01");
});

test("a file that breaks later gives nothing, and the log says why without a secret", async () => {
  using at = file({ secrets: [entry] });
  const lines: string[] = [];
  const source = await openSecretFile(at.path, (...said) => lines.push(JSON.stringify(said)));
  at.write(`{"secrets": "0a01`);
  expect(await source.read(subscriptionId, identifier)).toBeUndefined();
  expect(lines.join()).toContain("it is no JSON");
  expect(lines.join()).not.toContain("0a01");
});
