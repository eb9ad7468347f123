/** The pages that are generated, each with its file. */
import { join } from "node:path";
import { openApiDocument } from "../../src/api/openapi/document.ts";
import { coveragePage } from "./coverage.ts";

const docs = join(import.meta.dirname, "..", "..", "docs");

export async function pages(): Promise<readonly { file: string; text: string }[]> {
  return [
    {
      file: join(docs, "openapi.json"),
      text: `${JSON.stringify(openApiDocument(), undefined, 2)}\n`,
    },
    { file: join(docs, "coverage.md"), text: await coveragePage() },
  ];
}
