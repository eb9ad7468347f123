/**
 * Frames as a hostile or mistaken neighbour would send them: any tags, any addresses. They leave by a
 * packet socket that skips the queueing layer, and with it the tag program of the sending port.
 */
import { addressOf } from "../../src/base/prefix.ts";
import { argvAt, nodePaths } from "../../src/drivers/places.ts";
import { run } from "../../src/drivers/run.ts";
import type { PortPlace } from "../../src/fabric/probe.ts";

export type Tag = number | { readonly type: number; readonly id: number };

export type RawFrame = {
  readonly tags: readonly Tag[];
  readonly destinationMac: string;
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly text: string;
};

/** AF_PACKET, SOCK_RAW; SOL_PACKET, PACKET_QDISC_BYPASS; SIOCGIFINDEX. Perl is essential on Debian. */
const sender = `
socket(my $s, 17, 3, 0) or die "socket: $!";
setsockopt($s, 263, 20, pack("i", 1)) or die "bypass: $!";
my $request = pack("a16 x24", $ARGV[0]);
ioctl($s, 0x8933, $request) or die "$ARGV[0]: $!";
my $to = pack("S n i S C C a8", 17, 3, unpack("x16 i", $request), 0, 0, 6, "");
for (1 .. $ARGV[2]) { send($s, pack("H*", $ARGV[1]), 0, $to) or die "send: $!"; }
`;

export async function sendFrames(
  lab: string,
  at: PortPlace,
  { frame, count }: { frame: RawFrame; count: number },
): Promise<void> {
  const words = [
    "perl",
    "-e",
    sender,
    at.port,
    bytesOf(frame).toString("hex"),
    `${count}`,
  ] as const;
  await run({ argv: argvAt(nodePaths(lab, at.node), "default", words), why: "send raw frames" });
}

function bytesOf(frame: RawFrame): Buffer {
  const payload = Buffer.from(frame.text);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(40_000, 0);
  udp.writeUInt16BE(frame.port, 2);
  udp.writeUInt16BE(8 + payload.length, 4);
  const isIpv6 = frame.source.includes(":");
  const ethernet = [macBytes(frame.destinationMac), macBytes("02:de:ad:be:ef:01")];
  const head = [...ethernet, ...frame.tags.map(tagBytes), word(isIpv6 ? 0x86dd : 0x0800)];
  const ip = isIpv6 ? ipv6Header(frame, 8 + payload.length) : ipv4Header(frame, 8 + payload.length);
  return Buffer.concat([...head, ip, udp, payload]);
}

function ipv6Header({ source, destination }: RawFrame, length: number): Buffer {
  const ip = Buffer.alloc(8);
  ip.writeUInt8(0x60, 0);
  ip.writeUInt16BE(length, 4);
  ip.writeUInt8(17, 6);
  ip.writeUInt8(64, 7);
  const bytes = (text: string) =>
    Buffer.from(addressOf(text).value.toString(16).padStart(32, "0"), "hex");
  return Buffer.concat([ip, bytes(source), bytes(destination)]);
}

function ipv4Header({ source, destination }: RawFrame, length: number): Buffer {
  const ip = Buffer.alloc(20);
  ip.writeUInt8(0x45, 0);
  ip.writeUInt16BE(20 + length, 2);
  ip.writeUInt8(64, 8);
  ip.writeUInt8(17, 9);
  addressBytes(source).copy(ip, 12);
  addressBytes(destination).copy(ip, 16);
  ip.writeUInt16BE(checksum(ip), 10);
  return ip;
}

function tagBytes(tag: Tag): Buffer {
  const { type, id } = typeof tag === "number" ? { type: 0x8100, id: tag } : tag;
  return Buffer.concat([word(type), word(id)]);
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function addressBytes(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(":", ""), "hex");
}

/** RFC 1071. */
function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
