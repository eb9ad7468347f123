/**
 * Objects of a routing registry in the text form of its dumps (RFC 2622 §2): attributes a line each,
 * objects apart by empty lines, values continued on lines that begin with a space, a tab or `+`.
 */
import { type Prefix, parseAddress, parsePrefix } from "../../base/prefix.ts";

/** `route` and `route6` say who announces; `inetnum` and `inet6num` who holds. */
export type HeldRange = {
  readonly kind: "route" | "inetnum";
  readonly prefix: Prefix;
  /** Absent on an inetnum. */
  readonly origin?: number;
  /** The registry's name, in upper case. */
  readonly source: string;
  /** Certificates (PEM) in the remarks, with which a holder's signatures are checked. */
  readonly certificates: readonly string[];
};

/** Lines of other kinds of object, and objects that say nothing usable, are passed over. */
export function parseRegistryText(text: string): readonly HeldRange[] {
  const found: HeldRange[] = [];
  let attributes: [string, string][] = [];
  const close = () => {
    found.push(...rangesOf(attributes));
    attributes = [];
  };
  for (const raw of text.split("\n")) {
    const line = raw.replace(/\r$/, "");
    if (line.trim() === "") close();
    else if (/^[%#]/.test(line)) continue;
    else if (/^[ \t+]/.test(line)) {
      const last = attributes.at(-1);
      if (last) last[1] = `${last[1]}\n${line.slice(1).trim()}`;
    } else {
      const [, name = "", value = ""] = /^([A-Za-z][\w-]*):[ \t]*(.*)$/.exec(line) ?? [];
      if (name !== "") attributes.push([name.toLowerCase(), value.trim()]);
    }
  }
  close();
  return found;
}

function rangesOf(attributes: readonly (readonly [string, string])[]): HeldRange[] {
  const [first] = attributes;
  if (first === undefined) return [];
  const [kind, key] = first;
  const textOf = (name: string) => attributes.find(([each]) => each === name)?.[1];
  const rest = {
    source: (bare(textOf("source")).split(" ")[0] ?? "").toUpperCase(),
    certificates: certificatesIn(
      attributes.filter(([name]) => name === "remarks" || name === "descr").map(([, text]) => text),
    ),
  };
  if (kind === "route" || kind === "route6") {
    const prefix = parsePrefix(bare(key));
    const [, digits] = /^AS(\d+)$/i.exec(bare(textOf("origin"))) ?? [];
    if (prefix === undefined || digits === undefined) return [];
    return [{ kind: "route", prefix, origin: Number(digits), ...rest }];
  }
  if (kind === "inetnum" || kind === "inet6num")
    return prefixesIn(bare(key)).map((prefix) => ({ kind: "inetnum", prefix, ...rest }));
  return [];
}

/** Less the comment that a value may end with. */
function bare(value = ""): string {
  return (value.split("#")[0] ?? "").trim();
}

/** `192.0.2.0 - 192.0.2.255` as the fewest prefixes; an inet6num is one already. */
function prefixesIn(range: string): readonly Prefix[] {
  const single = parsePrefix(range);
  if (single !== undefined) return [single];
  const [from, to] = range.split("-").map((part) => parseAddress(part.trim()));
  if (from === undefined || to === undefined || from.family !== to.family) return [];
  const bits = from.family === "ipv4" ? 32 : 128;
  const found: Prefix[] = [];
  for (let next = from.value; next <= to.value; ) {
    let free = 0;
    while (free < bits && next % (1n << BigInt(free + 1)) === 0n) {
      if (next + (1n << BigInt(free + 1)) - 1n > to.value) break;
      free += 1;
    }
    found.push({ family: from.family, value: next, length: bits - free });
    next += 1n << BigInt(free);
  }
  return found;
}

/** Each remark is one line of the certificate, or one remark is all of it. */
function certificatesIn(remarks: readonly string[]): readonly string[] {
  const text = remarks.flatMap((remark) => remark.split("\n")).join("\n");
  return text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
}
