import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer, get } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../base/clock.ts";
import { ensureCertificate, readOwnCertificate, type ServerCertificate } from "./certificates.ts";
import { DataFolder } from "./data-folder.ts";

const DAY_MS = 86_400_000;
const inDays = (days: number) => ({ ...systemClock, now: () => Date.now() + days * DAY_MS });

test("a client that trusts ca.pem speaks TLS with the server, and one that does not refuses", async () => {
  await using at = await folder();
  const certificate = await ensureCertificate(at.data, "127.0.0.1", systemClock);
  const ca = await readFile(at.data.file("ca.pem"), "utf8");
  expect(await answerOf(certificate, ca)).toBe("hello");
  await expect(answerOf(certificate, undefined)).rejects.toThrow(/certificate|issuer/);
});

test("keys are readable by their owner alone, and a second start keeps everything", async () => {
  await using at = await folder();
  const first = await ensureCertificate(at.data, "localhost", systemClock);
  for (const name of ["ca.key", "server.key"] as const)
    expect((await stat(at.data.file(name))).mode & 0o777).toBe(0o600);
  expect(await ensureCertificate(at.data, "localhost", systemClock)).toEqual(first);
});

test("a certificate is renewed under the same authority before it ends, and for another host", async () => {
  await using at = await folder();
  const first = await ensureCertificate(at.data, "localhost", systemClock);
  const ca = await readFile(at.data.file("ca.pem"), "utf8");
  expect(await ensureCertificate(at.data, "localhost", inDays(360))).toEqual(first);
  const renewed = await ensureCertificate(at.data, "localhost", inDays(370));
  expect(renewed.cert).not.toBe(first.cert);
  expect((await ensureCertificate(at.data, "edge.example", inDays(370))).cert).not.toBe(
    renewed.cert,
  );
  expect(await readFile(at.data.file("ca.pem"), "utf8")).toBe(ca);
});

test("an operator's certificate is taken with its own key and with no other", async () => {
  await using one = await folder();
  await using other = await folder();
  const own = await ensureCertificate(one.data, "localhost", systemClock);
  await ensureCertificate(other.data, "localhost", systemClock);
  expect(
    await readOwnCertificate(one.data.file("server.pem"), one.data.file("server.key")),
  ).toEqual(own);
  await expect(
    readOwnCertificate(one.data.file("server.pem"), other.data.file("server.key")),
  ).rejects.toThrow(/is not the key of/);
  await expect(readOwnCertificate("/nowhere", "/nowhere")).rejects.toThrow(/cannot be read/);
});

async function folder() {
  const path = await mkdtemp(join(tmpdir(), "causeway-certificates-"));
  return { data: new DataFolder(path), [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function answerOf(certificate: ServerCertificate, ca: string | undefined): Promise<string> {
  const server = createServer(certificate, (_request, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise((resolve, reject) => {
      const request = get(
        { host: "127.0.0.1", port, path: "/", ...(ca === undefined ? {} : { ca }) },
        (response) => {
          let text = "";
          response.on("data", (chunk) => {
            text += String(chunk);
          });
          response.on("end", () => resolve(text));
        },
      );
      request.on("error", reject);
    });
  } finally {
    server.close();
  }
}
