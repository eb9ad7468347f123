/**
 * The keys that sign tokens: ES256 (RFC 7518 §3.4), sealed at rest. A new one begins every thirty
 * days; an old one goes once no token that it signed can still be good.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import { sealSecret, unseal } from "../../base/secret.ts";
import type { JsonObject, Store } from "../../store/store.ts";

export const signingAlgorithm = "ES256";
export const keyDays = 30;
const dayMs = 86_400_000;
const kind = "signing-key";

export type SigningKey = {
  readonly id: string;
  readonly createdAt: number;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
};

type Options = {
  readonly store: Store;
  readonly sealKey: Uint8Array;
  readonly clock: Clock;
  /** How long the longest-lived token is good. */
  readonly tokenMs: number;
};

export class SigningKeys {
  readonly #options: Options;
  #keys: Promise<readonly SigningKey[]> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The key to sign with now. */
  async current(): Promise<SigningKey> {
    const { clock } = this.#options;
    const newest = (await this.#held())[0];
    if (newest !== undefined && clock.now() - newest.createdAt < keyDays * dayMs) return newest;
    // Many may ask at once when a key has aged; one of them makes the next.
    this.#keys = this.#rotate(await this.#held());
    this.#keys.catch(() => {
      this.#keys = undefined;
    });
    return this.current();
  }

  async withId(id: string): Promise<SigningKey | undefined> {
    return (await this.#held()).find((key) => key.id === id);
  }

  /** The public halves, newest first (RFC 7517). */
  async published(): Promise<readonly JsonObject[]> {
    await this.current();
    return (await this.#held()).map(({ id, publicKey }) => ({
      ...(publicKey.export({ format: "jwk" }) as JsonObject),
      kid: id,
      alg: signingAlgorithm,
      use: "sig",
    }));
  }

  #held(): Promise<readonly SigningKey[]> {
    this.#keys ??= this.#read();
    return this.#keys;
  }

  async #read(): Promise<readonly SigningKey[]> {
    const { store, sealKey } = this.#options;
    const keys = (await store.listRecords(kind)).map(({ key, body }) => {
      const privateKey = createPrivateKey(unseal(sealKey, String(body["sealed"])));
      const publicKey = createPublicKey(privateKey);
      return { id: key, createdAt: Number(body["createdAt"]), privateKey, publicKey };
    });
    return keys.sort((a, b) => b.createdAt - a.createdAt);
  }

  async #rotate(held: readonly SigningKey[]): Promise<readonly SigningKey[]> {
    const { store, sealKey, clock, tokenMs } = this.#options;
    const now = clock.now();
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const id = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url")
      .subarray(0, 12)
      .toString("base64url");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const isOut = ({ createdAt }: SigningKey) => now - createdAt > keyDays * dayMs + tokenMs;
    await store.transaction(async (writer) => {
      const body = { sealed: sealSecret(sealKey, pem), createdAt: now };
      await writer.putRecord({ kind, key: id, body });
      for (const key of held.filter(isOut)) await writer.removeRecord(kind, key.id);
    });
    const kept = held.filter((key) => !isOut(key));
    return [{ id, createdAt: now, privateKey, publicKey }, ...kept];
  }
}
