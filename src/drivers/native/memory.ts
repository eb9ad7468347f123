/** Memory with an address, for structures that point to others. */
import { constants } from "node:os";
import { cLibrary, systemError } from "./c-library.ts";

/** Grows with what is asked for and is never given back: one for each use, not for each call. */
export class Memory {
  #address = 0;
  #size = 0;

  /** Where there is room for so many bytes; what stood there before means nothing any more. */
  reserve(bytes: number): number {
    if (bytes > this.#size) {
      this.#size = 2 * bytes;
      this.#address = Number(cLibrary().malloc([this.#size]));
      if (this.#address === 0) throw systemError("malloc", constants.errno.ENOMEM);
    }
    return this.#address;
  }
}

export function writeAt(address: number, bytes: Buffer): void {
  cLibrary().memcpy([address, bytes, bytes.length]);
}

export function readAt(address: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (length > 0) cLibrary().memmove([bytes, address, length]);
  return bytes;
}
