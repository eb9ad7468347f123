/** Secrets of accounts as the store keeps them: `scrypt$N$salt$hash` (RFC 7914), compared in constant time. */
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** Cost N with blocks of 1 KiB: 16 MiB and some tens of milliseconds for each guess. */
export const SCRYPT_COST = 16_384;
const hashBytes = 32;

export async function hashSecret(secret: string, cost = SCRYPT_COST): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(secret, salt, cost);
  return ["scrypt", cost, salt.toString("base64url"), hash.toString("base64url")].join("$");
}

/** Takes as long when there is no hash to compare with, so that nobody learns which accounts exist. */
export async function matchesSecret(secret: string, kept: string | undefined): Promise<boolean> {
  const [, cost = "", salt = "", hash = ""] = (kept ?? absent).split("$");
  const expected = Buffer.from(hash, "base64url");
  const found = await derive(secret, Buffer.from(salt, "base64url"), Number(cost));
  return timingSafeEqual(found, expected) && kept !== undefined;
}

const absent = ["scrypt", SCRYPT_COST, "", Buffer.alloc(hashBytes).toString("base64url")].join("$");

function derive(secret: string, salt: Buffer, cost: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, salt, hashBytes, { N: cost, r: 8, p: 1 }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
