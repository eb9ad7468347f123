/** Tags of the frames that tcpdump printed with `-e`, outermost first. Pure. */
export function parseCapture(text: string, address: string): number[][] {
  return text
    .split("\n")
    .slice(0, -1)
    .filter((line) => carries(line, address))
    .map(tagsOf);
}

/** An address stands before a port (`10.0.0.1.5201`), a colon, a comma or a blank. */
function carries(line: string, address: string): boolean {
  for (let at = line.indexOf(address); at !== -1; at = line.indexOf(address, at + 1)) {
    const before = line[at - 1] ?? " ";
    const after = line.slice(at + address.length);
    if (!/[0-9a-f.:]/.test(before) && /^(\.\d+)?([:, ]|$)/.test(after)) return true;
  }
  return false;
}

function tagsOf(line: string): number[] {
  return [...line.matchAll(/\bvlan (\d+)/g)].map(([, tag]) => Number(tag));
}
