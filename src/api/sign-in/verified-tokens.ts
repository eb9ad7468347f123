/** Tokens whose signatures were checked, in a bounded memory: a client sends the same one for an hour. */
import { createHash } from "node:crypto";
import type { JWTPayload } from "jose";
import type { Clock } from "../../base/clock.ts";

const heldMax = 1_000;

export class VerifiedTokens {
  readonly #clock: Clock;
  /** By digest, so that no token lies about. Oldest first, as a Map keeps them. */
  readonly #claims = new Map<string, JWTPayload>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What `verify` says of the token for this origin, asked once until the token ends. */
  async claims(
    token: string,
    origin: string,
    verify: () => Promise<JWTPayload>,
  ): Promise<JWTPayload> {
    const key = createHash("sha256").update(`${origin} ${token}`).digest("base64");
    const held = this.#claims.get(key);
    if (held?.exp !== undefined && held.exp * 1_000 > this.#clock.now()) return held;
    this.#claims.delete(key);
    const claims = await verify();
    const [oldest] = this.#claims.keys();
    if (this.#claims.size >= heldMax && oldest !== undefined) this.#claims.delete(oldest);
    this.#claims.set(key, claims);
    return claims;
  }
}
