/**
 * Whether a link merges packets that it received before they go on (GRO). Ours are merged already where they came in, and a
 * tunnel that looks through them once more only holds them. linux/ethtool.h and linux/sockios.h (uapi), ETHTOOL_GGRO.
 */
import { checked, cLibrary } from "./c-library.ts";
import { Memory, readAt, writeAt } from "./memory.ts";

const SIOCETHTOOL = 0x8946;
const GET = 0x2b;
const SET = 0x2c;
/** `struct ifreq`, whose name comes first. */
const REQUEST_BYTES = 40;
const NAME_BYTES = 16;
/** `struct ethtool_value`: what is wanted, and the value. */
const VALUE_BYTES = 8;

const memory = new Memory();

/** Of a link in the network namespace of the socket. */
export function mergesReceived(socket: number, device: string): boolean {
  return ask(socket, device, { command: GET, value: 0 }) !== 0;
}

export function stopMerging(socket: number, device: string): void {
  ask(socket, device, { command: SET, value: 0 });
}

function ask(
  socket: number,
  device: string,
  { command, value }: { command: number; value: number },
): number {
  const start = memory.reserve(VALUE_BYTES);
  const wish = Buffer.alloc(VALUE_BYTES);
  wish.writeUInt32LE(command, 0);
  wish.writeUInt32LE(value, 4);
  writeAt(start, wish);
  const request = Buffer.alloc(REQUEST_BYTES);
  request.write(device, 0, NAME_BYTES - 1, "latin1");
  request.writeBigUInt64LE(BigInt(start), NAME_BYTES);
  const answer = cLibrary().ioctl([socket, SIOCETHTOOL, request]);
  checked(`ethtool on ${device}`, answer);
  return readAt(start, VALUE_BYTES).readUInt32LE(4);
}
