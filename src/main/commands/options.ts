/** Options that many commands have. */
import { Option } from "commander";

export const DEFAULT_DATA = "./.causeway";

export function asOption(): Option {
  return new Option("--as <principal>", "who to sign in as")
    .choices(["customer", "provider", "operator"])
    .default("customer");
}
