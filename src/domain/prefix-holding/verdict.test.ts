import "reflect-metadata";
import { generateKeyPairSync, KeyObject, sign, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { expect, test } from "vitest";
import { prefixOf } from "../../base/prefix.ts";
import { holdingsOf, noHoldings, parseApprovals, parseVrps } from "./holdings.ts";
import { parseRegistryText } from "./rpsl.ts";
import { judgePrefix, type PrefixClaim, validationIdOf } from "./verdict.ts";

const { certificate, key } = await holder();

const registry = (remarks = "") =>
  parseRegistryText(`route: 5.5.0.0/16
origin: AS3320
source: RIPE

route6: 2a00:6::/32
origin: AS3320
source: RADB

inetnum: 5.6.0.0 - 5.6.255.255
${remarks}source: RIPE
`);

const vrps = parseVrps({
  roas: [
    { prefix: "5.7.0.0/16", maxLength: 20, asn: "AS3320", ta: "ripe" },
    { prefix: "5.8.0.0/16", maxLength: 24, asn: 1299, ta: "ripe" },
  ],
});
const approvals = parseApprovals({
  approvals: [
    { prefix: "5.9.0.0/24", asn: 64512, reason: "letter" },
    { prefix: "5.9.1.0/24", asn: 64512, serviceKey: "ABC", reason: "letter" },
  ],
});

const claim = (prefix: string, changes: Partial<PrefixClaim> = {}): PrefixClaim => ({
  ...{ prefix, asn: 3320, serviceKey: "abc", nowMs: Date.parse("2026-12-01T00:00:00Z") },
  ...changes,
});
const known = holdingsOf({ ranges: registry(), vrps, approvals });

test.each([
  ["registered with the AS", claim("5.5.1.0/24"), "Configured"],
  [
    "registered, and the registry named",
    claim("5.5.1.0/24", { registry: "RIPENCC" }),
    "Configured",
  ],
  ["registered elsewhere", claim("5.5.1.0/24", { registry: "RADB" }), "ValidationNeeded"],
  ["registered with another AS", claim("5.5.1.0/24", { asn: 1299 }), "AsnValidationFailed"],
  ["IPv6", claim("2a00:6:1::/48"), "Configured"],
  ["more than what is registered", claim("5.4.0.0/15"), "ValidationNeeded"],
  ["unknown", claim("5.1.0.0/24"), "ValidationNeeded"],
  ["held, and by whom is not said", claim("5.6.1.0/24"), "ValidationNeeded"],
  ["let by RPKI", claim("5.7.16.0/20"), "Configured"],
  ["longer than RPKI lets", claim("5.7.1.0/24"), "ValidationFailed"],
  ["another's by RPKI", claim("5.8.1.0/24"), "AsnValidationFailed"],
  ["from a private AS", claim("5.5.1.0/24", { asn: 64512 }), "ManualValidationNeeded"],
  ["approved by hand", claim("5.9.0.0/24", { asn: 64512 }), "Configured"],
  ["approved for this circuit", claim("5.9.1.0/24", { asn: 64512 }), "Configured"],
  [
    "approved for another circuit",
    claim("5.9.1.0/24", { asn: 64512, serviceKey: "xyz" }),
    "ManualValidationNeeded",
  ],
] as const)("a prefix that is %s", (_, asked, state) => {
  const verdict = judgePrefix(asked, known);
  expect(verdict.state).toBe(state);
  expect(verdict.reason).toMatch(/\.$/);
});

test("where nothing is known, everything is to be validated, and by whom is said", () => {
  const { state, reason } = judgePrefix(claim("5.5.1.0/24"), noHoldings);
  expect(state).toBe("ValidationNeeded");
  expect(reason).toContain("ask the operator");
});

const remarks = certificate
  .trim()
  .split("\n")
  .map((line) => `remarks: ${line}\n`)
  .join("");
const signed = (text: string) => sign("sha256", Buffer.from(text), key).toString("base64");

test.each([
  ["right", signed(validationIdOf(claim("5.6.1.0/24"))), "Configured"],
  [
    "wrapped",
    signed(validationIdOf(claim("5.6.1.0/24"))).replaceAll(/(.{64})/g, "$1\n"),
    "Configured",
  ],
  [
    "of another circuit's id",
    signed(validationIdOf(claim("5.6.1.0/24", { serviceKey: "x" }))),
    "SignatureVerificationFailed",
  ],
  ["by another key", foreignSignature(), "SignatureVerificationFailed"],
  ["no base64", "not base64!", "InvalidSignatureEncoding"],
] as const)("proof that is %s", (_, signature, state) => {
  const holdings = holdingsOf({ ranges: registry(remarks), vrps });
  expect(judgePrefix(claim("5.6.1.0/24", { signature }), holdings).state).toBe(state);
});

test("proof needs a certificate that is published and in its time, and overrules no RPKI", () => {
  const signature = signed(validationIdOf(claim("5.6.1.0/24")));
  expect(judgePrefix(claim("5.6.1.0/24", { signature }), known).state).toBe(
    "CertificateMissingInRoutingRegistry",
  );
  const holdings = holdingsOf({ ranges: registry(remarks), vrps });
  const late = claim("5.6.1.0/24", { signature, nowMs: Date.parse("2150-01-01T00:00:00Z") });
  expect(judgePrefix(late, holdings).state).toBe("SignatureVerificationFailed");
  const foreign = holdingsOf({
    ranges: registry(remarks),
    vrps: [{ prefix: prefixOf("5.6.0.0/16"), maxLength: 24, asn: 1299 }],
  });
  expect(judgePrefix(claim("5.6.1.0/24", { signature }), foreign).state).toBe(
    "AsnValidationFailed",
  );
});

/** The holder of 5.6.0.0/16, as the published procedure has it: RSA, self-signed. */
async function holder(): Promise<{ certificate: string; key: KeyObject }> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=Holder of 5.6.0.0/16",
    notBefore: new Date("2026-01-01"),
    notAfter: new Date("2027-01-01"),
    signingAlgorithm: algorithm,
    keys,
  });
  return { certificate: made.toString("pem"), key: KeyObject.from(keys.privateKey) };
}

function foreignSignature(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const id = validationIdOf(claim("5.6.1.0/24"));
  return sign("sha256", Buffer.from(id), privateKey).toString("base64");
}
