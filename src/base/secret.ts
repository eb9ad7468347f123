/**
 * Secrets at rest: `sealed:<base64url>` tokens of AES-256-GCM, opened only where the secret is used.
 * The token is nonce (12 bytes), ciphertext, tag (16 bytes). NIST SP 800-38D.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const nonceBytes = 12;
const tagBytes = 16;
const token = /sealed:[A-Za-z0-9_-]+/g;

/** The key has 32 bytes. Sealing the same text twice gives two tokens. */
export function sealSecret(key: Uint8Array, text: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final()]);
  return `sealed:${Buffer.concat([sealed, cipher.getAuthTag()]).toString("base64url")}`;
}

export function unseal(key: Uint8Array, sealed: string): string {
  const bytes = Buffer.from(sealed.replace(/^sealed:/, ""), "base64url");
  if (!sealed.startsWith("sealed:") || bytes.length < nonceBytes + tagBytes) {
    throw new Error("This is not a sealed secret; a sealed one starts with sealed:.");
  }
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  try {
    const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new Error(
      "A sealed secret does not open with this key; start with the key that it was sealed with.",
      { cause },
    );
  }
}

/** The same value with every sealed token inside its strings opened. */
export function unsealAll<T>(key: Uint8Array, json: T): T;
export function unsealAll(key: Uint8Array, json: unknown): unknown {
  if (typeof json === "string") return json.replace(token, (sealed) => unseal(key, sealed));
  if (Array.isArray(json)) return json.map((item: unknown) => unsealAll(key, item));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]: [string, unknown]) => [name, unsealAll(key, value)]),
  );
}
