/**
 * Messages between a cache of validated RPKI payloads and its clients, as bytes. Pure.
 *
 * RFC 8210 §5 (version 1), RFC 6810 §5 (version 0).
 */
import type { Vrp } from "../../domain/prefix-holding/holdings.ts";

export type Pdu =
  | {
      readonly kind: "serialNotify" | "cacheResponse";
      readonly sessionId: number;
      readonly serial: number;
    }
  | { readonly kind: "prefix"; readonly isAnnounced: boolean; readonly vrp: Vrp }
  | {
      readonly kind: "endOfData";
      readonly sessionId: number;
      readonly serial: number;
      /** Absent in version 0. */
      readonly refreshSeconds?: number;
      readonly expireSeconds?: number;
    }
  | { readonly kind: "cacheReset" }
  | { readonly kind: "error"; readonly code: number; readonly text: string }
  /** Of no interest here: router keys, and what later versions add. */
  | { readonly kind: "other" };

const HEADER = 8;
/** Longer than any message of the protocol but an error that quotes one. */
const LENGTH_MAX = 65_536;

export function resetQuery(version: number): Buffer {
  return header({ version, type: 2, field: 0, length: HEADER });
}

export function serialQuery(
  version: number,
  { sessionId, serial }: { sessionId: number; serial: number },
): Buffer {
  const bytes = Buffer.alloc(12);
  header({ version, type: 1, field: sessionId, length: 12 }).copy(bytes);
  bytes.writeUInt32BE(serial, HEADER);
  return bytes;
}

/** The whole messages at the beginning of what came, and the bytes of one that is still to come. */
export function readPdus(bytes: Buffer): { pdus: readonly Pdu[]; rest: Buffer } {
  const pdus: Pdu[] = [];
  let rest = bytes;
  while (rest.length >= HEADER) {
    const length = rest.readUInt32BE(4);
    if (length < HEADER || length > LENGTH_MAX)
      throw new RangeError(`a message of ${length} bytes: this is no RPKI-to-Router server`);
    if (rest.length < length) break;
    pdus.push(pduOf(rest.subarray(0, length)));
    rest = rest.subarray(length);
  }
  return { pdus, rest };
}

function pduOf(bytes: Buffer): Pdu {
  const [type, sessionId] = [bytes.readUInt8(1), bytes.readUInt16BE(2)];
  const at = (offset: number) => (bytes.length >= offset + 4 ? bytes.readUInt32BE(offset) : 0);
  switch (type) {
    case 0:
      return { kind: "serialNotify", sessionId, serial: at(8) };
    case 3:
      return { kind: "cacheResponse", sessionId, serial: 0 };
    case 4:
      return prefixPdu(bytes, 4);
    case 6:
      return prefixPdu(bytes, 16);
    case 7:
      return {
        ...{ kind: "endOfData", sessionId, serial: at(8) },
        ...(bytes.length < 24 ? {} : { refreshSeconds: at(12), expireSeconds: at(20) }),
      };
    case 8:
      return { kind: "cacheReset" };
    case 10:
      return { kind: "error", code: sessionId, text: errorText(bytes) };
    default:
      return { kind: "other" };
  }
}

/** Flags, length, longest length, a zero, the prefix, the AS number. */
function prefixPdu(bytes: Buffer, size: 4 | 16): Pdu {
  if (bytes.length !== HEADER + 4 + size + 4) throw new RangeError("a prefix of another size");
  const address = bytes.subarray(12, 12 + size);
  const vrp: Vrp = {
    prefix: {
      family: size === 4 ? "ipv4" : "ipv6",
      value: BigInt(`0x${address.toString("hex")}`),
      length: bytes.readUInt8(9),
    },
    maxLength: bytes.readUInt8(10),
    asn: bytes.readUInt32BE(12 + size),
  };
  return { kind: "prefix", isAnnounced: (bytes.readUInt8(8) & 1) === 1, vrp };
}

/** The message that was wrong, with its length in front, and then the words. */
function errorText(bytes: Buffer): string {
  const quoted = bytes.length >= 12 ? bytes.readUInt32BE(8) : 0;
  const start = 12 + quoted;
  if (start + 4 > bytes.length) return "";
  return bytes.subarray(start + 4, start + 4 + bytes.readUInt32BE(start)).toString("utf8");
}

function header(of: { version: number; type: number; field: number; length: number }): Buffer {
  const bytes = Buffer.alloc(HEADER);
  bytes.writeUInt8(of.version, 0);
  bytes.writeUInt8(of.type, 1);
  bytes.writeUInt16BE(of.field, 2);
  bytes.writeUInt32BE(of.length, 4);
  return bytes;
}
