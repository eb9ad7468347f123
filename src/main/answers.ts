import type { DataFolder } from "./data-folder.ts";
import { trustAuthorityOf } from "./trust.ts";

/** Whether a server answers there that shows a certificate of the data folder's authority, or a public one. */
export async function answers(endpoint: string, folder: DataFolder): Promise<boolean> {
  try {
    await trustAuthorityOf(folder);
    // Any answer will do: without a token it is a 401.
    await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}
