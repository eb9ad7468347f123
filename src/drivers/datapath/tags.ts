/**
 * The eBPF program of a node: loaded once, its maps pinned, attached to the ports where tags matter.
 * It forwards on when the server ends. IEEE 802.1Q-2022 clause 9.
 */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { messageOf } from "../../base/cause.ts";
import { type Driver, type Failures, noteFailure } from "../driver.ts";
import { BpfMap } from "../native/bpf-map.ts";
import type { NodePaths } from "../places.ts";
import { CommandError, kernelReader, run, runAnyway } from "../run.ts";
import { type Cell, ifindexKey, type MapName, mapNames, type TagsIntent } from "./entries.ts";
import { changePrograms } from "./hooks.ts";
import { bytesOf } from "./meters.ts";
import { type Program, programs } from "./programs.ts";

export type TagsState = {
  readonly loaded: boolean;
  readonly cells: ReadonlyMap<MapName, ReadonlyMap<string, string>>;
  /** `DEVICE PROGRAM`. */
  readonly attached: ReadonlySet<string>;
};

/** Zero-filled values of the maps that the program itself counts in. */
const zeroes: Partial<Record<MapName, number>> = {
  meters: 88,
  classes: 128,
  loads: 88,
  unknown: 8,
};
const object = fileURLToPath(new URL("../../../datapath/tags.bpf.o", import.meta.url));

export type TagsChange =
  | { readonly kind: "load" }
  | {
      readonly kind: "attach" | "detach";
      readonly fragment: string;
      readonly device: string;
      readonly program: Program;
    }
  | { readonly kind: "put" | "remove"; readonly map: MapName; readonly cell: Cell };

export class TagsDriver implements Driver<TagsState, TagsIntent, TagsChange> {
  readonly name = "datapath";
  readonly #paths: NodePaths;
  /** As last seen, with what we did since; undefined where that is not sure. */
  #known: TagsState | undefined;

  constructor(paths: NodePaths) {
    this.#paths = paths;
  }

  async observe(signal: AbortSignal): Promise<TagsState> {
    try {
      this.#known = await this.#look(signal);
      return this.#known;
    } catch (cause) {
      // One that was broken off says nothing against what was known before.
      if (!signal.aborted) this.#known = undefined;
      throw cause;
    }
  }

  /** Without a look where none is needed: with hundreds of circuits it takes as long as all else together. */
  async recall(signal: AbortSignal): Promise<TagsState> {
    return this.#known ?? this.observe(signal);
  }

  /** Devices may have gone, and with them what was attached to them; or somebody's hand is looked for. */
  forget(): void {
    this.#known = undefined;
  }

  async #look(signal: AbortSignal): Promise<TagsState> {
    if (!this.#isLoaded()) return { loaded: false, cells: new Map(), attached: new Set() };
    const attached = await this.#attached(signal);
    const cells = mapNames.map((name) => {
      using map = this.#open(name);
      return [name, map.entries()] as const;
    });
    return { loaded: true, cells: new Map(cells), attached };
  }

  async #attached(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const { net, mount, node } = this.#paths;
    const place = { net, mount, namespaces: ["default"] };
    const [reading] = await kernelReader().read("programs", place, signal);
    if (reading === undefined || "error" in reading)
      throw new CommandError(`The programs on links of ${node} cannot be read: ${reading?.error}`);
    const ours = reading.state.filter(({ program }) => isProgram(program));
    return new Set(ours.map(({ device, program }) => `${device} ${program}`));
  }

  diff(observed: TagsState, intended: TagsIntent): readonly TagsChange[] {
    return diffTags(observed, intended);
  }

  async apply(changes: readonly TagsChange[], signal: AbortSignal): Promise<Failures> {
    if (changes.length === 0) return new Map();
    const before = this.#known;
    // When this is broken off, nothing is known of what it touched.
    this.#known = undefined;
    const failures = await this.#apply(changes, signal);
    if (failures.size === 0 && before !== undefined) this.#known = afterChanges(before, changes);
    return failures;
  }

  async #apply(changes: readonly TagsChange[], signal: AbortSignal): Promise<Failures> {
    const failures: Failures = new Map();
    try {
      if (changes.some(({ kind }) => kind === "load")) await this.#load(signal);
    } catch (cause) {
      for (const change of changes) {
        if (change.kind !== "load") noteFailure(failures, fragmentOf(change), messageOf(cause));
      }
      return failures;
    }
    await this.#link(changes, "attach", { signal, failures });
    this.#write(changes, failures);
    await this.#link(changes, "detach", { signal, failures });
    return failures;
  }

  #isLoaded(): boolean {
    return existsSync(`${this.#paths.pins}/port_egress`) && existsSync(this.#map("unknown"));
  }

  #map(name: MapName): string {
    return `${this.#paths.pins}/maps/${name}`;
  }

  #open(name: MapName): BpfMap {
    try {
      return new BpfMap(this.#map(name));
    } catch (cause) {
      const remedy = "run `causeway down`, then `causeway up`, and it is loaded anew";
      throw new CommandError(
        `The map ${this.#map(name)} cannot be opened; ${remedy}. ${messageOf(cause)}`,
        undefined,
        cause,
      );
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    await mountBpf();
    await mkdir(this.#paths.pins, { recursive: true });
    const argv = ["bpftool", "prog", "loadall", object, this.#paths.pins] as const;
    const maps = ["pinmaps", `${this.#paths.pins}/maps`];
    try {
      await run({ argv: [...argv, ...maps], why: "load the tag program" }, { signal });
    } catch (cause) {
      const remedy =
        "run `causeway doctor`: a kernel with CONFIG_BPF_SYSCALL and bpftool are needed";
      throw new CommandError(
        `This kernel did not take the tag program; ${remedy}. ${messageOf(cause)}`,
        undefined,
        cause,
      );
    }
  }

  async #link(
    changes: readonly TagsChange[],
    kind: "attach" | "detach",
    { signal, failures }: { signal: AbortSignal; failures: Failures },
  ): Promise<void> {
    const links = changes.flatMap((change) =>
      "device" in change && change.kind === kind ? [change] : [],
    );
    if (links.length === 0) return;
    const wishes = links.map(({ device, program }) => ({
      ...{ device, attach: [], detach: [] },
      [kind]: [program],
    }));
    const refused = await changePrograms(this.#paths, "default", wishes, signal);
    for (const { device, reason } of refused)
      for (const { fragment } of links.filter((link) => link.device === device))
        noteFailure(failures, fragment, `the datapath on ${device}: ${reason}`);
  }

  /** In the order of the changes, each map opened once. */
  #write(changes: readonly TagsChange[], failures: Failures): void {
    using open = new DisposableStack();
    const maps = new Map<MapName, BpfMap>();
    for (const change of changes) {
      if (!("cell" in change)) continue;
      const { kind, map: name, cell } = change;
      try {
        const map = maps.get(name) ?? open.use(this.#open(name));
        maps.set(name, map);
        if (kind === "remove") map.remove(cell.key);
        else map.put(cell.key, cell.value ?? zeroesOf(name));
      } catch (cause) {
        noteFailure(failures, fragmentOf(change), messageOf(cause));
      }
    }
  }
}

/** Pure. Meters come before what uses them and go after it; a counter is never written over. */
export function diffTags(observed: TagsState, intended: TagsIntent): TagsChange[] {
  const puts: TagsChange[] = [];
  const removals: TagsChange[] = [];
  const order: readonly MapName[] = [
    "unknown",
    "loads",
    "classes",
    "meters",
    "rates",
    "links",
    "segments",
    "stations",
    "exits",
    "entries",
  ];
  for (const map of order) {
    const there = observed.cells.get(map) ?? new Map<string, string>();
    const wanted = intended.cells.get(map) ?? new Map<string, Cell>();
    for (const cell of wanted.values()) {
      const present = there.get(cell.key);
      const agrees = cell.value === undefined ? present !== undefined : present === cell.value;
      if (!agrees) puts.push({ kind: "put", map, cell });
    }
    for (const key of there.keys()) {
      if (wanted.has(key)) continue;
      removals.unshift({ kind: "remove", map, cell: { fragment: "", key, value: undefined } });
    }
  }
  const attached = new Map<string, TagsChange>();
  for (const [device, { fragment, programs }] of intended.devices) {
    for (const program of programs) {
      attached.set(`${device} ${program}`, { kind: "attach", fragment, device, program });
    }
  }
  const attach = [...attached]
    .filter(([id]) => !observed.attached.has(id))
    .map(([, change]) => change);
  const detach = [...observed.attached].filter((id) => !attached.has(id)).map(detachment);
  const load: TagsChange[] =
    !observed.loaded && (intended.forwards || attach.length + puts.length > 0)
      ? [{ kind: "load" }]
      : [];
  return [...load, ...attach, ...removals, ...puts, ...detach];
}

/** Pure: what is there once these are done. What the program counts starts at nothing. */
export function afterChanges(before: TagsState, changes: readonly TagsChange[]): TagsState {
  const cells = new Map([...before.cells].map(([name, map]) => [name, new Map(map)]));
  const attached = new Set(before.attached);
  for (const change of changes) {
    if (change.kind === "attach") attached.add(`${change.device} ${change.program}`);
    if (change.kind === "detach") attached.delete(`${change.device} ${change.program}`);
    if (!("cell" in change)) continue;
    const { map: name, cell } = change;
    const map = cells.get(name) ?? new Map<string, string>();
    cells.set(name, map);
    if (change.kind === "remove") map.delete(cell.key);
    else map.set(cell.key, cell.value ?? zeroesOf(name));
  }
  return { loaded: true, cells, attached };
}

function zeroesOf(name: MapName): string {
  return "00".repeat(zeroes[name] ?? 8);
}

export function unknownTagPackets(state: TagsState, ifindex: number): number | undefined {
  const value = state.cells.get("unknown")?.get(ifindexKey(ifindex));
  return value === undefined ? undefined : Number(bytesOf(value).readBigUInt64LE(0));
}

function detachment(id: string): TagsChange {
  const [device = "", program] = id.split(" ");
  return { kind: "detach", fragment: "", device, program: program as Program };
}

function fragmentOf(change: TagsChange): string {
  if ("cell" in change) return change.cell.fragment;
  return "fragment" in change ? change.fragment : "";
}

function isProgram(name: string): name is Program {
  return (programs as readonly string[]).includes(name);
}

async function mountBpf(): Promise<void> {
  const { stdout } = await runAnyway({
    argv: ["stat", "-f", "-c", "%T", "/sys/fs/bpf"],
    why: "see whether the BPF file system is mounted",
  });
  if (stdout.trim() === "bpf_fs" || stdout.includes("cafe4a11")) return;
  await run({
    argv: ["mount", "-t", "bpf", "bpf", "/sys/fs/bpf"],
    why: "mount the BPF file system",
  });
}
