/**
 * Translation of sources in a node's namespaces, as nftables tables of ours. A table is named by what it
 * says, so that its name alone tells whether it is the one that is wanted.
 *
 * RFC 3022 (translation of addresses and ports), RFC 4787 §5 (answers find their flows).
 */
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import type { Fragment, SourceNat } from "../fabric/intent.ts";
import { type Failures, noteFailure } from "./driver.ts";
import { argvAt, type NodePaths } from "./places.ts";
import { runAnyway } from "./run.ts";

/** What a namespace should translate, and the fragment that wants it. */
export type NatTable = { readonly key: string; readonly name: string; readonly lines: string };

const ours = /^table inet (causeway_nat_[0-9a-f]+)$/;

/** By namespace. */
export function intendedNat(fragments: readonly Fragment[]): ReadonlyMap<string, NatTable> {
  return new Map(
    fragments.flatMap((fragment) => {
      if (fragment.kind !== "vrf" || fragment.nat === undefined) return [];
      const rules = fragment.nat.flatMap(ruleLines);
      const digest = createHash("sha256").update(rules.join("\n")).digest("hex").slice(0, 12);
      const name = `causeway_nat_${digest}`;
      const hook = "type nat hook postrouting priority srcnat; policy accept;";
      const chain = [`chain leaving {`, hook, ...rules, "}"];
      const lines = [`table inet ${name} {`, ...chain, "}", ""].join("\n");
      return [[fragment.name, { key: fragment.key, name, lines }]];
    }),
  );
}

function ruleLines({ interface: device, addresses, except }: SourceNat): string[] {
  const at = `oifname "${device}"`;
  const family = (text: string) => (text.includes(":") ? "ip6" : "ip");
  return [
    ...except.map((prefix) => `${at} ${family(prefix)} saddr ${prefix} return`),
    ...addresses.map(
      (address) =>
        `${at} meta nfproto ${address.includes(":") ? "ipv6" : "ipv4"} snat ${family(address)} to ${address}`,
    ),
  ];
}

export class NatDriver {
  readonly #paths: NodePaths;

  constructor(paths: NodePaths) {
    this.#paths = paths;
  }

  /** Only namespaces that translate or ever did are looked at. */
  async converge(fragments: readonly Fragment[], signal: AbortSignal): Promise<Failures> {
    const failures: Failures = new Map();
    const wanted = intendedNat(fragments);
    const before = await this.#remembered();
    const names = [...new Set([...before, ...wanted.keys()])];
    if (names.length === 0) return failures;
    await this.#remember(names);
    const gone: string[] = [];
    for (const name of names) {
      const table = wanted.get(name);
      const present = await this.#tables(name, signal);
      const extra = present.filter((each) => each !== table?.name);
      // One transaction: no packet leaves between two tables.
      const text = [
        ...(table === undefined || present.includes(table.name) ? [] : [table.lines]),
        ...extra.map((each) => `delete table inet ${each}\n`),
      ].join("");
      const said = text === "" ? "" : await this.#load(name, text, signal);
      if (said !== "") noteFailure(failures, table?.key ?? name, `nft: ${said}`);
      if (said === "" && table === undefined) gone.push(name);
    }
    if (gone.length > 0) await this.#remember(names.filter((name) => !gone.includes(name)));
    return failures;
  }

  /** Our tables in a namespace; none where there is no such namespace. */
  async #tables(namespace: string, signal: AbortSignal): Promise<string[]> {
    const argv = argvAt(this.#paths, namespace, ["nft", "list", "tables"]);
    const why = `read the translations of ${namespace} of ${this.#paths.node}`;
    const { code, stdout } = await runAnyway({ argv, why }, { signal });
    if (code !== 0) return [];
    return stdout.split("\n").flatMap((line) => ours.exec(line.trim())?.[1] ?? []);
  }

  async #load(namespace: string, input: string, signal: AbortSignal): Promise<string> {
    const argv = argvAt(this.#paths, namespace, ["nft", "-f", "-"]);
    const why = `translate in ${namespace} of ${this.#paths.node}`;
    const { code, stderr } = await runAnyway({ argv, input, why }, { signal });
    return code === 0 ? "" : stderr.trim() || `ended with ${code}`;
  }

  async #remembered(): Promise<readonly string[]> {
    const text = await readFile(this.#file(), "utf8").catch(() => "");
    return text.split("\n").filter(Boolean);
  }

  async #remember(names: readonly string[]): Promise<void> {
    const text = names.join("\n");
    if (text !== (await this.#remembered()).join("\n")) await writeFile(this.#file(), text);
  }

  #file(): string {
    return `${this.#paths.directory}/nat`;
  }
}
