/**
 * HTTPS from the first start: a certificate authority of this installation and a server certificate
 * under it, both in the data folder. The server's is renewed in time and when the host changes; an
 * operator's own certificate takes its place. RFC 5280; names in subjectAltName, RFC 9525.
 */
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../cli/usage-error.ts";
import type { DataFolder } from "./data-folder.ts";

export type ServerCertificate = { readonly cert: string; readonly key: string };

const DAY_MS = 86_400_000;
/** No longer than public certificates may live, so that clients with that rule take it too. */
const SERVER_DAYS = 397;
const RENEW_BEFORE_DAYS = 30;

/** The certificate to serve with, and `ca.pem` in the data folder for clients to trust. */
export async function ensureCertificate(
  folder: DataFolder,
  host: string,
  clock: Clock,
): Promise<ServerCertificate> {
  const isTrusted = await hasAuthority(folder, clock);
  const held = await readPair(folder);
  if (isTrusted && held !== undefined && !isDue(held.cert, host, clock)) return held;
  const { issueCertificate, makeAuthority } = await import("./certificate-making.ts");
  if (!isTrusted) await makeAuthority(folder, clock);
  return issueCertificate(folder, { host, clock, days: SERVER_DAYS });
}

/** An operator's own certificate: the chain and its key, which must belong together. */
export async function readOwnCertificate(
  certFile: string,
  keyFile: string,
): Promise<ServerCertificate> {
  const [cert, key] = await Promise.all([readNamed(certFile), readNamed(keyFile)]);
  try {
    const certificate = new X509Certificate(cert);
    const own = createPublicKey(createPrivateKey(key)).export({ type: "spki", format: "der" });
    if (certificate.publicKey.export({ type: "spki", format: "der" }).equals(own))
      return { cert, key };
  } catch (cause) {
    throw new UsageError(
      `${certFile} or ${keyFile} is not in PEM form: ${(cause as Error).message}`,
    );
  }
  throw new UsageError(
    `${keyFile} is not the key of ${certFile}; give the pair that belongs together.`,
  );
}

/** Whether the certificate ends soon or is not for this host. */
function isDue(cert: string, host: string, clock: Clock): boolean {
  const certificate = new X509Certificate(cert);
  const named = isIP(host) ? certificate.checkIP(host) : certificate.checkHost(host);
  return (
    named === undefined ||
    certificate.validToDate.getTime() - clock.now() < RENEW_BEFORE_DAYS * DAY_MS
  );
}

/** One that outlives what it would sign now. */
async function hasAuthority(folder: DataFolder, clock: Clock): Promise<boolean> {
  if (!existsSync(folder.file("ca.pem")) || !existsSync(folder.file("ca.key"))) return false;
  const { validToDate } = new X509Certificate(await readFile(folder.file("ca.pem"), "utf8"));
  return validToDate.getTime() - clock.now() > SERVER_DAYS * DAY_MS;
}

async function readPair(folder: DataFolder): Promise<ServerCertificate | undefined> {
  if (!existsSync(folder.file("server.pem")) || !existsSync(folder.file("server.key")))
    return undefined;
  return {
    cert: await readFile(folder.file("server.pem"), "utf8"),
    key: await readFile(folder.file("server.key"), "utf8"),
  };
}

async function readNamed(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch {
    throw new UsageError(
      `${file} cannot be read; give the certificate chain and its key in PEM form.`,
    );
  }
}
