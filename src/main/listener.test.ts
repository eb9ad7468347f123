import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { type Clock, systemClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { ensureCertificate } from "./certificates.ts";
import { DataFolder } from "./data-folder.ts";
import { type ListenOptions, listen } from "./listener.ts";
import { trustAuthorityOf } from "./trust.ts";

const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true });
});

async function optionsIn(changes: Partial<ListenOptions> = {}): Promise<ListenOptions> {
  const path = mkdtempSync(join(tmpdir(), "causeway-listen-"));
  made.push(path);
  const at = { host: "127.0.0.1", port: 0 };
  const security = { kind: "local" } as const;
  const folder = new DataFolder(path);
  return { folder, listen: at, security, clock: systemClock, log: silentLog, ...changes };
}

const echo = (request: Request) => new Response(request.url);

/** The serial number that a new connection is shown. */
function serialOf(endpoint: string): Promise<string> {
  const { hostname: host, port } = new URL(endpoint);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.end();
    });
    socket.once("error", reject);
  });
}

test("HTTPS is trusted by the folder's authority alone, and addresses in answers are https", async () => {
  const options = await optionsIn();
  const listener = await listen(echo, options);
  expect(listener.endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  await expect(fetch(listener.endpoint)).rejects.toMatchObject({
    cause: { code: "SELF_SIGNED_CERT_IN_CHAIN" },
  });
  const url = `${listener.endpoint}//metadata/endpoints`;
  const curl = await promisify(execFile)("curl", [
    "-s",
    "--cacert",
    options.folder.file("ca.pem"),
    url,
  ]);
  expect(curl.stdout).toBe(url);
  await trustAuthorityOf(options.folder);
  const { port } = new URL(listener.endpoint);
  for (const host of [`127.0.0.1:${port}`, `localhost:${port}`])
    expect(await (await fetch(`https://${host}/x`)).text()).toBe(`https://${host}/x`);
  await listener.stop();
});

test("old versions of TLS are refused", async () => {
  const { endpoint, stop } = await listen(echo, await optionsIn());
  const { port } = new URL(endpoint);
  const old = new Promise((resolve, reject) => {
    const limits = { minVersion: "TLSv1", maxVersion: "TLSv1.1" } as const;
    const place = { host: "127.0.0.1", port: Number(port), rejectUnauthorized: false };
    connect({ ...place, ...limits, ciphers: "DEFAULT@SECLEVEL=0" }, () => resolve("taken")).once(
      "error",
      reject,
    );
  });
  await expect(old).rejects.toThrow(/alert|version|protocol/i);
  await stop();
});

test("the certificate is renewed while the server runs, without another start", async () => {
  let now = Date.now();
  let wake: (() => void) | undefined;
  const clock: Clock = {
    now: () => now,
    sleep: (_, signal) =>
      new Promise((resolve) => {
        wake = resolve;
        signal?.addEventListener("abort", () => resolve());
      }),
  };
  const { endpoint, stop } = await listen(echo, await optionsIn({ clock }));
  const first = await serialOf(endpoint);
  now += 300 * 86_400_000;
  wake?.();
  await expect.poll(() => wake).toBeDefined();
  expect(await serialOf(endpoint)).toBe(first);
  now += 90 * 86_400_000;
  wake?.();
  await expect.poll(() => serialOf(endpoint)).not.toBe(first);
  await stop();
});

test("an operator's own certificate is served, and plain HTTP where it is asked for", async () => {
  const options = await optionsIn();
  const { cert, key } = await ensureCertificate(options.folder, "127.0.0.1", systemClock);
  const [certFile, keyFile] = ["own.pem", "own.key"].map((name) => join(options.folder.path, name));
  writeFileSync(certFile ?? "", cert);
  writeFileSync(keyFile ?? "", key);
  const security = { kind: "own", certFile: certFile ?? "", keyFile: keyFile ?? "" } as const;
  const own = await listen(echo, { ...options, security });
  await trustAuthorityOf(options.folder);
  expect((await fetch(own.endpoint)).status).toBe(200);
  await own.stop();
  const plain = await listen(echo, { ...options, security: { kind: "plain" } });
  expect(await (await fetch(plain.endpoint)).text()).toBe(`${plain.endpoint}/`);
  expect(plain.endpoint).toMatch(/^http:/);
  await plain.stop();
});
