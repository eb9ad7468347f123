/**
 * Which namespace a VRF has. FRR 8.4 looks at a namespace only a second after it appears, so a routing
 * node keeps a few that zebra knows already, and a new VRF takes one of them: it is up at once.
 * Kept in a file of the node, written before it is acted on; what is not in it is nobody's and goes.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Fragment } from "../fabric/intent.ts";
import type { NodePaths } from "./places.ts";

/** Spare namespaces that a routing node keeps. */
export const sparesMin = 4;

type Slots = { next: number; used: Record<string, string>; spares: string[] };

export class VrfSlots {
  readonly #file: string;
  #slots: Slots;
  #vrfs: ReadonlyMap<string, string>;

  constructor(paths: NodePaths) {
    this.#file = fileOf(paths);
    this.#slots = readSlots(paths);
    this.#vrfs = byNamespace(this.#slots);
  }

  namespaceOf(vrf: string): string {
    return this.#slots.used[vrf] ?? vrf;
  }

  vrfOf(namespace: string): string {
    return this.#vrfs.get(namespace) ?? namespace;
  }

  isSpare(namespace: string): boolean {
    return this.#slots.spares.includes(namespace);
  }

  /** Gives every VRF a namespace and takes back those of VRFs that are gone. */
  assign(vrfs: readonly string[]): void {
    const wanted = new Set(vrfs);
    const used: Record<string, string> = {};
    for (const [vrf, namespace] of Object.entries(this.#slots.used)) {
      if (wanted.has(vrf)) used[vrf] = namespace;
    }
    const slots: Slots = { next: this.#slots.next, used, spares: [...this.#slots.spares] };
    for (const vrf of vrfs) {
      if (vrf === "default" || used[vrf] !== undefined) continue;
      used[vrf] = slots.spares.shift() ?? slotName(slots.next++);
    }
    this.#write(slots);
  }

  /** Whether the next few orders find a spare each. */
  get hasSpares(): boolean {
    return this.#slots.spares.length >= sparesMin / 2;
  }

  /** Names for namespaces to be made so that there are spares enough. */
  refill(): string[] {
    const missing = sparesMin - this.#slots.spares.length;
    if (missing <= 0) return [];
    const { next, used, spares } = this.#slots;
    const fresh = Array.from({ length: missing }, (_, index) => slotName(next + index));
    this.#write({ next: next + missing, used, spares: [...spares, ...fresh] });
    return fresh;
  }

  /** The fragment in the words of this node. */
  translate(fragment: Fragment): Fragment {
    if (fragment.kind !== "vrf" || fragment.name === "default") return fragment;
    const name = this.namespaceOf(fragment.name);
    if (fragment.frrText === undefined) return { ...fragment, name };
    const frrText = fragment.frrText.replaceAll(
      new RegExp(`\\bvrf ${escaped(fragment.name)}(?=\\s|$)`, "g"),
      `vrf ${name}`,
    );
    return { ...fragment, name, frrText };
  }

  #write(slots: Slots): void {
    if (JSON.stringify(slots) === JSON.stringify(this.#slots)) return;
    this.#slots = slots;
    this.#vrfs = byNamespace(slots);
    writeFileSync(`${this.#file}.new`, JSON.stringify(slots));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** For those who only look: where a VRF of a node is now. */
export function namespaceOfVrf(paths: NodePaths, vrf: string): string {
  return readSlots(paths).used[vrf] ?? vrf;
}

function byNamespace({ used }: Slots): ReadonlyMap<string, string> {
  return new Map(Object.entries(used).map(([vrf, namespace]) => [namespace, vrf]));
}

function readSlots(paths: NodePaths): Slots {
  try {
    return JSON.parse(readFileSync(fileOf(paths), "utf8")) as Slots;
  } catch {
    return { next: 1, used: {}, spares: [] };
  }
}

function fileOf(paths: NodePaths): string {
  return `${paths.directory}/vrfs.json`;
}

function slotName(number: number): string {
  return `vrf-${number}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
