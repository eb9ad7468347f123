/**
 * Netlink as bytes: requests that ask the kernel for all of a kind, and what it answers. Pure.
 * RFC 3549; numbers are the host's, and every host that Causeway's datapath runs on is little-endian.
 */

export type Message = {
  readonly type: number;
  /** The kernel's table changed while it was told: what came is not one state of it. */
  readonly interrupted: boolean;
  readonly body: Buffer;
};

const HEADER = 16;
const ATTRIBUTE = 4;
const NLM_F_REQUEST = 0x1;
const NLM_F_DUMP = 0x300;
const NLM_F_DUMP_INTR = 0x10;
/** Without the flags "nested" and "network byte order". */
const ATTRIBUTE_TYPE = 0x3fff;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

/** A request for all objects of a kind; `body` is the kind's own header, with what narrows the answer. */
export function dumpRequest(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(HEADER + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(NLM_F_REQUEST | NLM_F_DUMP, 6);
  header.writeUInt32LE(1, 8);
  return Buffer.concat([header, body]);
}

/** The messages in what one read from the socket gave. */
export function messagesOf(bytes: Buffer): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    if (length < HEADER || at + length > bytes.length) break;
    messages.push({
      type: bytes.readUInt16LE(at + 4),
      interrupted: (bytes.readUInt16LE(at + 6) & NLM_F_DUMP_INTR) !== 0,
      body: bytes.subarray(at + HEADER, at + length),
    });
    at += aligned(length);
  }
  return messages;
}

/** The error that an answer ends with, as errno; 0 where it is none. */
export function errnoOf({ type, body }: Message): number {
  if (type !== NLMSG_ERROR && type !== NLMSG_DONE) return 0;
  return body.length < 4 ? 0 : -body.readInt32LE(0);
}

export type Attributes = ReadonlyMap<number, Buffer>;

/** The attributes from `start` on, by type; what is nested is the value of its attribute. */
export function attributesOf(bytes: Buffer, start = 0): Attributes {
  const attributes = new Map<number, Buffer>();
  for (let at = start; at + ATTRIBUTE <= bytes.length; ) {
    const length = bytes.readUInt16LE(at);
    if (length < ATTRIBUTE || at + length > bytes.length) break;
    const type = bytes.readUInt16LE(at + 2) & ATTRIBUTE_TYPE;
    attributes.set(type, bytes.subarray(at + ATTRIBUTE, at + length));
    at += aligned(length);
  }
  return attributes;
}

export function attribute(type: number, value: Buffer): Buffer {
  const header = Buffer.alloc(ATTRIBUTE);
  header.writeUInt16LE(ATTRIBUTE + value.length, 0);
  header.writeUInt16LE(type, 2);
  return Buffer.concat([header, value, Buffer.alloc(aligned(value.length) - value.length)]);
}

export function aligned(length: number): number {
  return (length + 3) & ~3;
}

export function textOf(value: Buffer | undefined): string | undefined {
  if (value === undefined) return undefined;
  const end = value.indexOf(0);
  return value.toString("utf8", 0, end === -1 ? value.length : end);
}

export function numberOf(value: Buffer | undefined): number | undefined {
  return value?.readUInt32LE(0);
}
