/** Where commands write: facts to standard output, progress and complaints to standard error. */
export type Terminal = {
  /** A line of the answer. */
  line(text: string): void;
  /** A line of progress; silent where the answer is JSON for a program. */
  progress(text: string): void;
  json(value: unknown): void;
};

export function processTerminal(options: { readonly quiet: boolean }): Terminal {
  return {
    line: (text) => process.stdout.write(`${text}\n`),
    progress: (text) => {
      if (!options.quiet) process.stderr.write(`${text}\n`);
    },
    json: (value) => process.stdout.write(`${JSON.stringify(value)}\n`),
  };
}

/** Rows under a heading, columns as wide as their widest cell. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const print = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [print(heading), print(widths.map((width) => "─".repeat(width))), ...rows.map(print)];
}
