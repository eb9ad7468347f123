/**
 * What is known of who may announce which prefix: objects of routing registries, validated RPKI
 * payloads (RFC 6811), and what an operator approved by hand. Looked up by covering prefix.
 */
import { networkOf, type Prefix, parsePrefix } from "../../base/prefix.ts";
import { isObject, listAt, numberAt, textAt } from "../fields.ts";
import type { Json } from "../state.ts";
import type { HeldRange } from "./rpsl.ts";

/** A validated payload: these AS numbers may announce the prefix up to that length. */
export type Vrp = { readonly prefix: Prefix; readonly maxLength: number; readonly asn: number };

export type Approval = {
  readonly prefix: Prefix;
  readonly asn: number;
  /** Only this circuit's; absent: every circuit that asks with the AS number. */
  readonly serviceKey?: string;
};

/** Entries by prefix: what covers one is found in as many steps as there are lengths. */
class Covering<Entry extends { readonly prefix: Prefix }> {
  readonly #entries = new Map<string, Entry[]>();

  constructor(entries: Iterable<Entry>) {
    for (const entry of entries) {
      const key = keyOf(networkOf(entry.prefix));
      const there = this.#entries.get(key);
      if (there === undefined) this.#entries.set(key, [entry]);
      else there.push(entry);
    }
  }

  /** Longest first. */
  covering(prefix: Prefix): readonly Entry[] {
    const found: Entry[] = [];
    for (let length = prefix.length; length >= 0; length -= 1)
      found.push(...(this.#entries.get(keyOf(networkOf({ ...prefix, length }))) ?? []));
    return found;
  }
}

export type Holdings = {
  /** Whether any registry, validator or approval is known at all. */
  readonly isEmpty: boolean;
  /** Registries of which an object is known, in upper case. */
  readonly sources: ReadonlySet<string>;
  ranges(prefix: Prefix): readonly HeldRange[];
  vrps(prefix: Prefix): readonly Vrp[];
  approvals(prefix: Prefix): readonly Approval[];
};

export function holdingsOf(parts: {
  readonly ranges?: Iterable<HeldRange>;
  readonly vrps?: Iterable<Vrp>;
  readonly approvals?: Iterable<Approval>;
}): Holdings {
  const ranges = [...(parts.ranges ?? [])];
  const vrps = [...(parts.vrps ?? [])];
  const approvals = [...(parts.approvals ?? [])];
  const [byRange, byVrp, byApproval] = [
    new Covering(ranges),
    new Covering(vrps),
    new Covering(approvals),
  ];
  return {
    isEmpty: ranges.length + vrps.length + approvals.length === 0,
    sources: new Set(ranges.map(({ source }) => source)),
    ranges: (prefix) => byRange.covering(prefix),
    vrps: (prefix) => byVrp.covering(prefix),
    approvals: (prefix) => byApproval.covering(prefix),
  };
}

export const noHoldings: Holdings = holdingsOf({});

/** What validators export: `{"roas": [{"prefix", "maxLength", "asn": 64500 or "AS64500"}]}`. */
export function parseVrps(document: Json): readonly Vrp[] {
  return entriesAt(document, "roas").flatMap((entry) => {
    const prefix = parsePrefix(textAt(entry, "prefix") ?? "");
    const asn = asnAt(entry, "asn");
    if (prefix === undefined || asn === undefined) return [];
    const maxLength = numberAt(entry, "maxLength") ?? prefix.length;
    return [{ prefix: networkOf(prefix), maxLength, asn }];
  });
}

export function parseApprovals(document: Json): readonly Approval[] {
  return entriesAt(document, "approvals").flatMap((entry) => {
    const prefix = parsePrefix(textAt(entry, "prefix") ?? "");
    const asn = asnAt(entry, "asn");
    if (prefix === undefined || asn === undefined) return [];
    const serviceKey = textAt(entry, "serviceKey")?.toLowerCase();
    return [{ prefix, asn, ...(serviceKey === undefined ? {} : { serviceKey }) }];
  });
}

function entriesAt(document: Json, field: string): readonly Json[] {
  return listAt(document, field).filter(isObject);
}

function asnAt(entry: Json, field: string): number | undefined {
  const [, digits] = /^(?:AS)?(\d{1,10})$/i.exec(textAt(entry, field) ?? "") ?? [];
  return numberAt(entry, field) ?? (digits === undefined ? undefined : Number(digits));
}

function keyOf({ family, value, length }: Prefix): string {
  return `${family}/${length}/${value}`;
}
