/** `npm run docs`: writes what can be read off the code. */
import { writeFileSync } from "node:fs";
import { pages } from "./pages.ts";

for (const { file, text } of await pages()) {
  writeFileSync(file, text);
  console.log(`Wrote ${file}.`);
}
