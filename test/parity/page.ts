/** `docs/parity.md`: which feature holds in which variant. Pure. */
import type { Feature } from "./feature.ts";
import type { Matrix } from "./matrix.ts";

export type Run = {
  readonly matrix: Matrix;
  readonly date: string;
  readonly machine: string;
  readonly seconds: number;
};

export function parityPage(features: readonly Feature[], run: Run): string {
  const { matrix, date, machine, seconds } = run;
  const names = Object.keys(matrix.features[0]?.cells ?? {});
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const reasons = reasonsOf(matrix);
  const rows = matrix.features.map(({ name, cells }) => {
    const says = features.find((one) => one.name === name)?.says ?? "";
    return line([name, ...names.map((variant) => mark(cells[variant] ?? "", reasons)), says]);
  });
  return `${[
    "# Parity of the connectivity models",
    "",
    intro,
    "",
    line(["feature", ...names, "what is looked at"]),
    line(["---", ...names.map(() => ":---:"), "---"]),
    ...rows,
    "",
    ...reasons.map((reason, index) => `${index + 1}. ${reason}`),
    ...(reasons.length === 0 ? [] : [""]),
    `\`npm run parity -- --publish\` on ${date}, ${seconds} s; ${machine}.`,
  ].join("\n")}\n`;
}

const intro = `Capabilities are the same in all models. Written by \`npm run parity\`: all six variants stand at once in one lab of real
routers, and every cell is a check with real packets or of what the nodes themselves report, made once more where it did not hold,
for six variants share one machine. ✓ holds; a number names the reason below why a feature has no meaning in the model, or what was
seen in place of it.`;

function reasonsOf({ features }: Matrix): readonly string[] {
  const cells = features.flatMap((row) => Object.values(row.cells));
  return [...new Set(cells.filter((cell) => cell !== "pass"))];
}

function mark(cell: string, reasons: readonly string[]): string {
  if (cell === "pass") return "✓";
  return `${cell.startsWith("fail") ? "✗ " : ""}${reasons.indexOf(cell) + 1}`;
}
