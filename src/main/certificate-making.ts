/**
 * Certificates of an installation's own authority, made: only the first start and the renewals need what this imports.
 * RFC 5280; names in subjectAltName, RFC 9525.
 */
import "reflect-metadata";
import { createPrivateKey, webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import * as x509 from "@peculiar/x509";
import type { Clock } from "../base/clock.ts";
import { type DataFolder, writeWhole } from "./data-folder.ts";

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const signing = { name: "ECDSA", hash: "SHA-256" } as const;

type KeyPair = {
  readonly privateKey: webcrypto.CryptoKey;
  readonly publicKey: webcrypto.CryptoKey;
};
type Authority = { readonly certificate: x509.X509Certificate; readonly key: webcrypto.CryptoKey };

type Wish = { readonly host: string; readonly days: number; readonly clock: Clock };

/** In the data folder, by its authority. */
export async function issueCertificate(
  folder: DataFolder,
  { host, days, clock }: Wish,
): Promise<{ readonly cert: string; readonly key: string }> {
  const authority = await readAuthority(folder);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: `CN=${host}`,
    issuer: authority.certificate.subject,
    ...validity(clock, days),
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

export async function makeAuthority(folder: DataFolder, clock: Clock): Promise<void> {
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
}

async function readAuthority(folder: DataFolder): Promise<Authority> {
  const certificate = new x509.X509Certificate(await readFile(folder.file("ca.pem"), "utf8"));
  return { certificate, key: await keyFrom(await readFile(folder.file("ca.key"), "utf8")) };
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
