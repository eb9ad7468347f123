/**
 * Reads a fabric file (YAML) into an inventory, or says everything that is wrong with it, each
 * finding with its line and column.
 */
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { Inventory } from "./inventory.ts";
import { inventoryFaults } from "./inventory-faults.ts";

export type FabricFault = {
  readonly line: number;
  readonly column: number;
  /** `nodes[2].role`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
};

export type FabricFile =
  | { readonly inventory: Inventory; readonly faults: readonly [] }
  | { readonly inventory?: undefined; readonly faults: readonly FabricFault[] };

export type Path = readonly (string | number)[];

export function parseFabricFile(text: string): FabricFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const place = (path: Path) => {
    // A missing key has no place of its own: point at the nearest thing that holds it.
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const node = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true);
      const range = (node as { range?: [number, number, number] } | undefined)?.range;
      if (range) return lines.linePos(range[0]);
    }
    return { line: 1, col: 1 };
  };
  const fault = (path: Path, message: string): FabricFault => {
    const { line, col } = place(path);
    return { line, column: col, path: printPath(path), message };
  };

  const broken = document.errors.map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    column: error.linePos?.[0].col ?? 1,
    path: "",
    message: error.message.split("\n")[0] ?? error.code,
  }));
  if (broken.length > 0) return { faults: broken };

  const parsed = Inventory.safeParse(document.toJS({ maxAliasCount: 100 }));
  if (!parsed.success) {
    return {
      faults: parsed.error.issues.flatMap(flatten).map(({ path, message }) => fault(path, message)),
    };
  }
  const faults = inventoryFaults(parsed.data).map(({ path, message }) => fault(path, message));
  return faults.length > 0 ? { faults } : { inventory: parsed.data, faults: [] };
}

/** The published JSON Schema of fabric files (draft 2020-12). */
export function fabricFileSchema(): object {
  return {
    $comment: "Generated from src/fabric/inventory.ts.",
    title: "Causeway fabric file",
    ...z.toJSONSchema(Inventory, { io: "input" }),
  };
}

function flatten(issue: z.core.$ZodIssue): { path: Path; message: string }[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], message: `unknown field '${key}'` }));
  }
  return [{ path, message: issue.message }];
}

function printPath(path: Path): string {
  return path
    .map((part, i) => (typeof part === "number" ? `[${part}]` : i === 0 ? part : `.${part}`))
    .join("");
}
