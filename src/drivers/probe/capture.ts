/** Tags, outermost first, of the frames from a source address that tcpdump printed with `-e`. Pure. */
export function parseCapture(text: string, source: string): number[][] {
  return text
    .split("\n")
    .slice(0, -1)
    .filter((line) => sourceOf(line) === source)
    .map(tagsOf);
}

/** The last arrow of a line stands between the packet's ends; a port follows a dot: `10.0.0.1.5201 > …`. */
function sourceOf(line: string): string | undefined {
  const [, end] = /([0-9a-f.:]+) > [0-9a-f.:]+: (?!.* > )/.exec(line) ?? [];
  if (end === undefined) return undefined;
  if (end.includes(":")) return end.replace(/\.\d+$/, "");
  return end.split(".").slice(0, 4).join(".");
}

function tagsOf(line: string): number[] {
  return [...line.matchAll(/\bvlan (\d+)/g)].map(([, tag]) => Number(tag));
}
