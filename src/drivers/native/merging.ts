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
  return ask(socket, device, GET) !== 0;
}

export function stopMerging(socket: number, device: string): void {
  ask(socket, device, SET);
}

/** What is set is 0, off; gives the value that stands after it. */
function ask(socket: number, device: string, command: number): number {
  const start = memory.reserve(VALUE_BYTES);
  const wish = Buffer.alloc(VALUE_BYTES);
  wish.writeUInt32LE(command);
  writeAt(start, wish);
  const request = Buffer.alloc(REQUEST_BYTES);
  request.write(device, 0, NAME_BYTES - 1, "latin1");
  request.writeBigUInt64LE(BigInt(start), NAME_BYTES);
  checked(`ethtool on ${device}`, cLibrary().ioctl([socket, SIOCETHTOOL, request]));
  return readAt(start, VALUE_BYTES).readUInt32LE(4);
}
