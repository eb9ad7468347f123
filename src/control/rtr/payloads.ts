/**
 * What a client of an RPKI-to-Router server holds, message by message: an answer counts when its end has
 * come, and what the server adds to it later is asked for by serial number.
 *
 * RFC 8210 §8 (sequences), §6 (timing).
 */
import { printPrefix } from "../../base/prefix.ts";
import type { Vrp } from "../../domain/prefix-holding/holdings.ts";
import { type Pdu, resetQuery, serialQuery } from "./pdu.ts";

type Whole = { readonly sessionId: number; readonly serial: number };

export class Payloads {
  readonly #version: number;
  #held = new Map<string, Vrp>();
  #coming: Map<string, Vrp> | undefined;
  #isWhole = true;
  #at: Whole | undefined;
  refreshSeconds = 3_600;
  expireSeconds = 7_200;

  constructor(version: number) {
    this.#version = version;
  }

  /** What to ask now: what is new since the last answer, or everything. */
  query(): Buffer {
    this.#isWhole = this.#at === undefined;
    return this.#at === undefined
      ? resetQuery(this.#version)
      : serialQuery(this.#version, this.#at);
  }

  vrps(): readonly Vrp[] {
    return [...this.#held.values()];
  }

  /** Takes a message; `asks` is what to send next, `isNew` that the payloads are others now. */
  take(pdu: Pdu): { asks?: Buffer; isNew?: boolean } {
    switch (pdu.kind) {
      case "cacheResponse":
        // Another session is another server's memory: what it says is everything or nothing.
        if (this.#at !== undefined && this.#at.sessionId !== pdu.sessionId) return this.#again();
        this.#coming = new Map(this.#isWhole ? [] : this.#held);
        return {};
      case "prefix":
        if (pdu.isAnnounced) this.#coming?.set(keyOf(pdu.vrp), pdu.vrp);
        else this.#coming?.delete(keyOf(pdu.vrp));
        return {};
      case "endOfData":
        this.#held = this.#coming ?? this.#held;
        this.#coming = undefined;
        this.#at = { sessionId: pdu.sessionId, serial: pdu.serial };
        this.refreshSeconds = pdu.refreshSeconds ?? this.refreshSeconds;
        this.expireSeconds = pdu.expireSeconds ?? this.expireSeconds;
        return { isNew: true };
      case "serialNotify":
        return this.#coming === undefined && this.#at?.serial !== pdu.serial
          ? { asks: this.query() }
          : {};
      case "cacheReset":
        return this.#again();
      case "error":
        throw new Error(`the server said: ${pdu.text || `error ${pdu.code}`}`);
      case "other":
        return {};
    }
  }

  #again(): { asks: Buffer } {
    this.#at = undefined;
    this.#coming = undefined;
    return { asks: this.query() };
  }
}

function keyOf({ prefix, maxLength, asn }: Vrp): string {
  return `${printPrefix(prefix)} ${maxLength} ${asn}`;
}
