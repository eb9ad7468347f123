/**
 * Whether a customer may announce a prefix from its AS number, in the states of the published API.
 *
 *   approved by hand ──────────────────────────────────────────────▶ Configured
 *   RPKI says another AS, or shorter only ─────────────────────────▶ AsnValidationFailed, ValidationFailed
 *   private AS number ─────────────────────────────────────────────▶ ManualValidationNeeded
 *   RPKI agrees, or a registry has it with this AS ────────────────▶ Configured
 *   signed proof: no certificate, no base64, wrong, right ─────────▶ …, …, …, Configured
 *   a registry has it with another AS only ────────────────────────▶ AsnValidationFailed
 *   nobody knows it ───────────────────────────────────────────────▶ ValidationNeeded
 *
 * RFC 6811 §2 (RPKI validity), RFC 2622 §4 (route objects).
 */
import { verify, X509Certificate } from "node:crypto";
import { type Prefix, prefixOf } from "../../base/prefix.ts";
import { isPrivateAsn } from "../asn.ts";
import type { Holdings } from "./holdings.ts";
import type { HeldRange } from "./rpsl.ts";

export type PrefixState =
  | "Configured"
  | "ValidationNeeded"
  | "ValidationFailed"
  | "ManualValidationNeeded"
  | "AsnValidationFailed"
  | "CertificateMissingInRoutingRegistry"
  | "InvalidSignatureEncoding"
  | "SignatureVerificationFailed";

export type PrefixClaim = {
  readonly prefix: string;
  readonly asn: number;
  readonly serviceKey: string;
  /** The registry that the customer names; absent: any. */
  readonly registry?: string;
  /** Base64, of the validation id. */
  readonly signature?: string;
  readonly nowMs: number;
};

export type Verdict = { readonly state: PrefixState; readonly reason: string };

/** What the holder of a prefix signs: this circuit may have it announced from that AS. */
export function validationIdOf({
  serviceKey,
  prefix,
  asn,
}: Pick<PrefixClaim, "serviceKey" | "prefix" | "asn">): string {
  return `Azure-SKEY|${serviceKey}|${prefix}|ASN-${asn}`;
}

export function judgePrefix(claim: PrefixClaim, holdings: Holdings): Verdict {
  const prefix = prefixOf(claim.prefix);
  const approved = holdings
    .approvals(prefix)
    .some(
      ({ asn, serviceKey }) =>
        asn === claim.asn &&
        (serviceKey === undefined || serviceKey === claim.serviceKey.toLowerCase()),
    );
  if (approved) return { state: "Configured", reason: "An operator validated it by hand." };
  return (
    rpkiRefusal(claim, prefix, holdings) ??
    privateNumber(claim) ??
    agreement(claim, prefix, holdings) ??
    proof(claim, prefix, holdings) ??
    disagreement(claim, prefix, holdings)
  );
}

/** RFC 6811 §2: covered by a payload and matched by none. */
function rpkiRefusal(
  { asn, prefix: text }: PrefixClaim,
  prefix: Prefix,
  holdings: Holdings,
): Verdict | undefined {
  const vrps = holdings.vrps(prefix);
  const ours = vrps.filter((vrp) => vrp.asn === asn);
  if (vrps.length === 0 || ours.some(({ maxLength }) => prefix.length <= maxLength)) return;
  if (ours.length > 0) {
    const longest = Math.max(...ours.map(({ maxLength }) => maxLength));
    const reason = `RPKI lets AS ${asn} announce no more than /${longest} here: have a ROA made for ${text}.`;
    return { state: "ValidationFailed", reason };
  }
  const others = [...new Set(vrps.map((vrp) => vrp.asn))].join(", ");
  const reason = `RPKI gives ${text} to AS ${others}, not to AS ${asn}: send the AS that holds it, or have a ROA made for AS ${asn}.`;
  return { state: "AsnValidationFailed", reason };
}

function privateNumber({ asn }: PrefixClaim): Verdict | undefined {
  if (!isPrivateAsn(asn)) return undefined;
  const reason = `AS ${asn} is private, and no registry can say whose it is: ask the operator to validate the prefix by hand, or send a public customerASN.`;
  return { state: "ManualValidationNeeded", reason };
}

function agreement(claim: PrefixClaim, prefix: Prefix, holdings: Holdings): Verdict | undefined {
  if (holdings.vrps(prefix).length > 0)
    return { state: "Configured", reason: `RPKI lets AS ${claim.asn} announce it.` };
  const route = routesOf(claim, prefix, holdings).find(({ origin }) => origin === claim.asn);
  if (route === undefined) return undefined;
  return { state: "Configured", reason: `${route.source} has it with AS ${claim.asn}.` };
}

function proof(claim: PrefixClaim, prefix: Prefix, holdings: Holdings): Verdict | undefined {
  const signature = claim.signature?.replaceAll(/\s/g, "");
  if (signature === undefined) return undefined;
  if (!isBase64(signature)) {
    const reason = "The signature is not base64: send what RSA with SHA-256 gave, in base64.";
    return { state: "InvalidSignatureEncoding", reason };
  }
  const certificates = recordsOf(claim, prefix, holdings).flatMap((each) => each.certificates);
  if (certificates.length === 0) {
    const reason = `No record of ${claim.prefix} in a routing registry has a certificate in its remarks: publish it there.`;
    return { state: "CertificateMissingInRoutingRegistry", reason };
  }
  const id = validationIdOf(claim);
  if (certificates.some((pem) => isSignedBy(pem, { id, signature, nowMs: claim.nowMs })))
    return { state: "Configured", reason: "Its holder signed for this circuit." };
  const reason = `The signature is not that of "${id}" by a certificate in the prefix's record: sign that text, without a line's end, with its key.`;
  return { state: "SignatureVerificationFailed", reason };
}

function disagreement(claim: PrefixClaim, prefix: Prefix, holdings: Holdings): Verdict {
  const { asn, registry } = claim;
  const routes = routesOf(claim, prefix, holdings);
  if (routes.length > 0) {
    const others = [...new Set(routes.map(({ origin, source }) => `AS ${origin} (${source})`))];
    const reason = `It is registered with ${others.join(", ")}, not with AS ${asn}: send the customerASN that holds it, have a route object made for AS ${asn}, or send signed proof.`;
    return { state: "AsnValidationFailed", reason };
  }
  if (holdings.isEmpty) {
    const reason =
      "This installation knows no routing registry: ask the operator to feed one, or to validate the prefix by hand.";
    return { state: "ValidationNeeded", reason };
  }
  const where = registry === undefined ? "No routing registry here" : `${registry}, as known here,`;
  const reason = `${where} has no record of ${claim.prefix}: have a route object made for AS ${asn}, send signed proof, or ask the operator to validate it by hand.`;
  return { state: "ValidationNeeded", reason };
}

/** Records of the prefix itself or of what it lies in, in the registry that the customer names. */
function recordsOf(
  { registry }: PrefixClaim,
  prefix: Prefix,
  holdings: Holdings,
): readonly HeldRange[] {
  // RIPE calls itself that in its objects and RIPENCC in the API.
  const names = registry === "RIPENCC" ? ["RIPE", "RIPENCC"] : [registry];
  return holdings
    .ranges(prefix)
    .filter(({ source }) => registry === undefined || names.includes(source));
}

function routesOf(claim: PrefixClaim, prefix: Prefix, holdings: Holdings): readonly HeldRange[] {
  return recordsOf(claim, prefix, holdings).filter(({ kind }) => kind === "route");
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}

/** A certificate whose time is over, or that cannot be read, vouches for nothing. */
function isSignedBy(
  pem: string,
  { id, signature, nowMs }: { id: string; signature: string; nowMs: number },
): boolean {
  try {
    const { publicKey, validFrom, validTo } = new X509Certificate(pem);
    if (nowMs < Date.parse(validFrom) || nowMs > Date.parse(validTo)) return false;
    return verify("sha256", Buffer.from(id), publicKey, Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}
