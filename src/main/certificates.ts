/**
 * HTTPS from the first start: a certificate authority of this installation and a server certificate
 * under it, both in the data folder. The server's is renewed in time and when the host changes; an
 * operator's own certificate takes its place. RFC 5280; names in subjectAltName, RFC 9525.
 */
import "reflect-metadata";
import { createPrivateKey, createPublicKey, webcrypto, X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import type { Clock } from "../base/clock.ts";
import { UsageError } from "../cli/usage-error.ts";
import { type DataFolder, writeWhole } from "./data-folder.ts";

export type ServerCertificate = { readonly cert: string; readonly key: string };

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** No longer than public certificates may live, so that clients with that rule take it too. */
const SERVER_DAYS = 397;
const RENEW_BEFORE_DAYS = 30;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const signing = { name: "ECDSA", hash: "SHA-256" } as const;

type KeyPair = {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
};

/** The certificate to serve with, and `ca.pem` in the data folder for clients to trust. */
export async function ensureCertificate(
  folder: DataFolder,
  host: string,
  clock: Clock,
): Promise<ServerCertificate> {
  const authority = await ensureAuthority(folder, clock);
  const held = await readPair(folder);
  if (held !== undefined && !isDue(held.cert, host, clock)) return held;
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${host}`,
    issuer: authority.certificate.subject,
    ...validity(clock, SERVER_DAYS),
    signingKey: authority.key,
    publicKey: keys.publicKey,
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(namesFor(host)),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const cert = `${certificate.toString("pem")}\n${authority.certificate.toString("pem")}\n`;
  const key = await pemOf(keys.privateKey);
  await writeWhole(folder.file("server.key"), key, 0o600);
  await writeWhole(folder.file("server.pem"), cert, 0o644);
  return { cert, key };
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

async function ensureAuthority(
  folder: DataFolder,
  clock: Clock,
): Promise<{ certificate: x509.X509Certificate; key: webcrypto.CryptoKey }> {
  if (existsSync(folder.file("ca.pem")) && existsSync(folder.file("ca.key"))) {
    const certificate = new x509.X509Certificate(await readFile(folder.file("ca.pem"), "utf8"));
    const usable = certificate.notAfter.getTime() - clock.now() > SERVER_DAYS * DAY_MS;
    if (usable)
      return { certificate, key: await keyFrom(await readFile(folder.file("ca.key"), "utf8")) };
  }
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: "CN=Causeway local authority",
    ...validity(clock, AUTHORITY_DAYS),
    keys,
    signingAlgorithm: signing,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writeWhole(folder.file("ca.key"), await pemOf(keys.privateKey), 0o600);
  await writeWhole(folder.file("ca.pem"), `${certificate.toString("pem")}\n`, 0o644);
  return { certificate, key: keys.privateKey };
}

function namesFor(host: string): x509.JsonGeneralNames {
  const own: x509.JsonGeneralName = { type: isIP(host) ? "ip" : "dns", value: host };
  const local: x509.JsonGeneralName[] = [
    { type: "dns", value: "localhost" },
    { type: "ip", value: "127.0.0.1" },
    { type: "ip", value: "::1" },
  ];
  return [own, ...local.filter(({ value }) => value !== host)];
}

function validity(clock: Clock, days: number): { notBefore: Date; notAfter: Date } {
  // A client whose clock is a little behind must not take the certificate for one of the future.
  return {
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + days * DAY_MS),
  };
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets. */
function serial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return Buffer.from(bytes).toString("hex");
}

async function newKeys(): Promise<KeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as KeyPair;
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ type: "pkcs8", format: "pem" })
    .toString();
}

async function keyFrom(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
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
