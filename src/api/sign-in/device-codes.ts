/** Device codes (RFC 8628), in a bounded memory: they live for a quarter of an hour and for one sign-in. */
import type { Clock } from "../../base/clock.ts";
import type { Random } from "../../base/random.ts";
import { OAuthError } from "./oauth-error.ts";

export const deviceSeconds = 900;
export const pollSeconds = 5;
const heldMax = 1_000;
/** No vowels, which would make words, and nothing that looks like another (RFC 8628 §6.1). */
const letters = "BCDFGHJKLMNPQRSTVWXZ";

type Device = {
  readonly userCode: string;
  readonly clientId: string;
  readonly until: number;
  objectId?: string;
};

export class DeviceCodes {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #devices = new Map<string, Device>();

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  start(clientId: string): { deviceCode: string; userCode: string } {
    const now = this.#clock.now();
    for (const [code, { until }] of this.#devices) if (until <= now) this.#devices.delete(code);
    if (this.#devices.size >= heldMax) {
      throw new OAuthError("temporarily_unavailable", "Too many devices wait for approval.", 60);
    }
    const deviceCode = Buffer.from(this.#random.bytes(32)).toString("base64url");
    const userCode = [...this.#random.bytes(8)]
      .map((byte) => letters[byte % letters.length])
      .join("");
    this.#devices.set(deviceCode, { userCode, clientId, until: now + deviceSeconds * 1_000 });
    return { deviceCode, userCode };
  }

  /** False when nobody waits with this code. */
  approve(userCode: string, objectId: string): boolean {
    const device = this.#waiting(userCode);
    if (device === undefined) return false;
    device.objectId = objectId;
    return true;
  }

  /** Who approved the code; it can be taken once. */
  take(deviceCode: string, clientId: string): string {
    const device = this.#devices.get(deviceCode);
    if (device === undefined || device.clientId !== clientId || device.until <= this.#clock.now()) {
      throw new OAuthError(
        "expired_token",
        "The device code is unknown or has expired; sign in again.",
      );
    }
    if (device.objectId === undefined) {
      throw new OAuthError("authorization_pending", "The code has not been approved yet.");
    }
    this.#devices.delete(deviceCode);
    return device.objectId;
  }

  #waiting(userCode: string): Device | undefined {
    const wanted = userCode.toUpperCase().replace(/[^A-Z]/g, "");
    const now = this.#clock.now();
    return [...this.#devices.values()].find(
      (one) => one.userCode === wanted && one.until > now && one.objectId === undefined,
    );
  }
}
