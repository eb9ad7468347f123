/** The one place where this program learns to trust the authority of a data folder. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { type DataFolder, writeWhole } from "./data-folder.ts";

/** Every TLS client of this process takes the folder's authority beside the public ones. */
export async function trustAuthorityOf(folder: DataFolder): Promise<void> {
  if (!existsSync(folder.file("ca.pem"))) return;
  const authority = await readFile(folder.file("ca.pem"), "utf8");
  const trusted = getCACertificates("default");
  if (trusted.some((one) => one.trim() === authority.trim())) return;
  setDefaultCACertificates([...trusted, authority]);
}

/** For clients that take one file in place of the public authorities: those, and the folder's. */
export async function ensureTrustBundle(folder: DataFolder): Promise<string> {
  await trustAuthorityOf(folder);
  const bundle = folder.file("ca-bundle.pem");
  const text = `${getCACertificates("default")
    .map((one) => one.trim())
    .join("\n")}\n`;
  await writeWhole(bundle, text, 0o644);
  return bundle;
}
