/**
 * FRR of one node: what the daemons run, what they should run, and the few lines between. Lines are typed
 * into the vty sockets; no file of FRR's is read or written, and no session is reset that agrees.
 */
import { readFile, writeFile } from "node:fs/promises";
import { type Driver, type Failures, noteFailure } from "../driver.ts";
import type { NodePaths } from "../places.ts";
import { wait } from "../wait.ts";
import { batchesOf } from "./batches.ts";
import { type Block, parseConfig } from "./blocks.ts";
import { type DaemonName, daemonNames, ensureDaemons, vtySocket } from "./daemons.ts";
import { diffConfig, type Edit, lineIn, type Quirks, quirkOf } from "./diff.ts";
import { Vty } from "./vty.ts";

export type FrrState = { readonly blocks: readonly Block[]; readonly quirks: Quirks };

const vrfMsMax = 5_000;

export class FrrDriver implements Driver<FrrState, readonly Block[], Edit> {
  readonly name = "frr";
  readonly #paths: NodePaths;
  #quirks: Set<string> | undefined;
  #late: Promise<void> | undefined;
  /** Only one at a time gathers lines in bgpd: the end of one would be the end of the other's too. */
  #bgpTurn: Promise<unknown> = Promise.resolve();
  /** What the daemons ran when they were last read, if nothing was typed since. */
  #known: FrrState | undefined;
  /** The same before something was typed, and into which daemons. */
  #before: { readonly blocks: readonly Block[]; readonly typed: Set<DaemonName> } | undefined;

  constructor(paths: NodePaths) {
    this.#paths = paths;
  }

  /** Starts what does not run, and says which daemons had to be started. */
  async ensure(): Promise<readonly DaemonName[]> {
    const started = await ensureDaemons(this.#paths);
    // A daemon learns of VRFs from zebra in its first moments; MD5 keys set earlier miss their listener.
    if (started.length > 0) {
      this.forget();
      await wait(250);
    }
    return started;
  }

  async observe(): Promise<FrrState> {
    return { blocks: await this.#readBlocks(daemonNames), quirks: await this.#readQuirks() };
  }

  async #readAgain(): Promise<readonly Block[]> {
    const before = this.#before;
    if (before === undefined) return this.#readBlocks(daemonNames);
    const untouched = before.blocks.filter(({ daemon }) => !before.typed.has(daemon));
    return [...untouched, ...(await this.#readBlocks([...before.typed]))];
  }

  async #readBlocks(daemons: readonly DaemonName[]): Promise<Block[]> {
    const texts = await Promise.all(daemons.map((name) => this.ask(name, "show running-config")));
    return texts.flatMap((text, index) => parseConfig(text, "", daemons[index]));
  }

  /** As last read: with hundreds of VRFs, reading it all again takes longer than the change itself. */
  async recall(): Promise<FrrState> {
    this.#known ??= await this.observe();
    return this.#known;
  }

  /** Others may have typed too: the next look is at the daemons. */
  forget(): void {
    this.#known = undefined;
    this.#before = undefined;
  }

  /** What was read of a daemon that nothing is typed into still stands: each is a while to read. */
  #retire(edits: readonly Edit[]): void {
    this.#before ??= this.#known && { blocks: this.#known.blocks, typed: new Set() };
    for (const { daemon } of edits) this.#before?.typed.add(daemon);
    this.#known = undefined;
  }

  diff(observed: FrrState, intended: readonly Block[]): readonly Edit[] {
    return diffConfig(observed.blocks, intended, observed.quirks);
  }

  async apply(edits: readonly Edit[]): Promise<Failures> {
    const failures: Failures = new Map();
    if (edits.length > 0) this.#retire(edits);
    // In the order of the list, daemon by daemon as it changes: references come after what they name.
    for (let index = 0; index < edits.length; ) {
      const daemon = edits[index]?.daemon ?? "bgpd";
      const end = edits.findIndex((edit, at) => at > index && edit.daemon !== daemon);
      const part = edits.slice(index, end === -1 ? undefined : end);
      for (const batch of batchesOf(part)) await this.#type(daemon, batch, failures);
      index += part.length;
    }
    return failures;
  }

  /** Remembers what still differs although it was typed without complaint. */
  async settle(intended: readonly Block[], failures: Failures): Promise<void> {
    const blocks = await this.#readAgain();
    const quirks = new Set(await this.#readQuirks());
    const rest = diffConfig(blocks, intended, new Set());
    const present = new Map(blocks.map((block) => [`${block.daemon} ${block.head}`, block]));
    for (const edit of rest) {
      if (failures.has(edit.fragment)) continue;
      const block = present.get(`${edit.daemon} ${edit.path[0] ?? positive(edit.line)}`);
      const line = lineIn(edit);
      quirks.add(quirkOf(block, "+", line));
      quirks.add(quirkOf(block, "-", lineIn({ ...edit, line: positive(edit.line) })));
    }
    this.#known = { blocks, quirks };
    this.#before = undefined;
    if (quirks.size === this.#quirks?.size) return;
    this.#quirks = quirks;
    await writeFile(this.#quirksFile(), JSON.stringify([...quirks].slice(-20_000)), {
      mode: 0o600,
    });
  }

  /** Waits until zebra knows these VRFs: FRR 8.4 looks at a new namespace a second after it appears. */
  async awaitVrfs(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await using vty = await Vty.open(vtySocket(this.#paths, "zebra"));
    await vty.ask("enable");
    for (let waited = 0; waited < vrfMsMax; waited += 10) {
      const { text } = await vty.ask("show vrf");
      if (names.every((name) => text.includes(`vrf ${name} id`))) return;
      await wait(10);
    }
    throw new Error(`zebra of node ${this.#paths.node} did not find the VRFs ${names.join(", ")}`);
  }

  async ask(daemon: DaemonName, line: string): Promise<string> {
    await using vty = await Vty.open(vtySocket(this.#paths, daemon));
    await vty.ask("enable");
    return (await vty.ask(line)).text;
  }

  #type(daemon: DaemonName, edits: readonly Edit[], failures: Failures): Promise<void> {
    const work = () => this.#typeNow(daemon, edits, failures);
    return daemon === "bgpd" ? this.#inBgpTurn(work) : work();
  }

  #inBgpTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#bgpTurn.then(work);
    this.#bgpTurn = result.catch(() => undefined);
    return result;
  }

  async #typeNow(daemon: DaemonName, edits: readonly Edit[], failures: Failures): Promise<void> {
    await using vty = await Vty.open(vtySocket(this.#paths, daemon));
    await askAll(vty, gathering);
    let path: readonly string[] = [];
    for (let index = 0; index < edits.length; ) {
      const part = linesOfOneBlock(edits, index);
      const [first] = part;
      index += part.length;
      if (first === undefined) break;
      path = await this.#enter(vty, path, first, failures);
      if (path.length !== first.path.length) continue;
      // All lines of a block at once: waiting for each answer took minutes on a busy machine.
      const answers = await Promise.all(part.map(({ line }) => vty.ask(line)));
      answers.forEach(({ ok, text }, at) => {
        const { fragment, line } = part[at] ?? first;
        const why = `${daemon} refused \`${concealed(line)}\`: ${text.trim()}`;
        if (!ok) noteFailure(failures, fragment, why);
      });
      // A block's own head, typed at the top level, leads into the block.
      if (first.path.length === 0 && opensBlock(first.line)) path = [first.line];
    }
    const callers = daemon === "bgpd" ? callersOf(edits) : [];
    if (callers.includes("at once")) await callNow(vty);
    else await vty.ask(endGathering);
    await vty.ask("end");
    if (callers.includes("late")) this.#callLater();
  }

  /** A session that the other end has not opened by then is opened from here. */
  #callLater(): void {
    if (this.#late !== undefined) return;
    const call = async () => {
      await using vty = await Vty.open(vtySocket(this.#paths, "bgpd"));
      await askAll(vty, gathering);
      await callNow(vty);
      await vty.ask("end");
    };
    // Whatever stops it, a daemon that is gone or a busy socket: bgpd itself calls a second later.
    this.#late = wait(lateMs)
      .then(() => {
        this.#late = undefined;
        return this.#inBgpTurn(call);
      })
      .catch(() => undefined);
  }

  async #enter(
    vty: Vty,
    from: readonly string[],
    edit: Edit,
    failures: Failures,
  ): Promise<readonly string[]> {
    // `exit` would take over what waits; a route-map is left by the next top-level line.
    let path = from[0]?.startsWith("route-map ") && edit.path[0] !== from[0] ? [] : [...from];
    while (path.length > 0 && !path.every((part, index) => edit.path[index] === part)) {
      await vty.ask(path.at(-1)?.startsWith("address-family") ? "exit-address-family" : "exit");
      path = path.slice(0, -1);
    }
    for (const part of edit.path.slice(path.length)) {
      const { ok, text } = await vty.ask(part);
      if (!ok) {
        noteFailure(failures, edit.fragment, `${edit.daemon} refused \`${part}\`: ${text.trim()}`);
        return path;
      }
      path.push(part);
    }
    return path;
  }

  async #readQuirks(): Promise<Quirks> {
    this.#quirks ??= new Set(
      JSON.parse(await readFile(this.#quirksFile(), "utf8").catch(() => "[]")) as string[],
    );
    return this.#quirks;
  }

  #quirksFile(): string {
    return `${this.#paths.directory}/frr-quirks.json`;
  }
}

/** Lines at the top level stand alone: one may open a block, or end what the next would be typed into. */
function linesOfOneBlock(edits: readonly Edit[], from: number): readonly Edit[] {
  const place = JSON.stringify(edits[from]?.path);
  if (place === "[]") return edits.slice(from, from + 1);
  const end = edits.findIndex((edit, index) => index > from && JSON.stringify(edit.path) !== place);
  return edits.slice(from, end === -1 ? undefined : end);
}

/**
 * Route-maps, prefix-lists and interfaces of FRR 8.4 copy the whole configuration for every line. Between
 * these two words they wait for one another and are taken over once.
 */
const startGathering = "XFRR_start_configuration";
const endGathering = "XFRR_end_configuration";
const gathering = ["enable", "configure terminal", startGathering];

/**
 * bgpd calls a neighbor that it was given between those words only a second after the second of them, and turns away
 * that neighbor's own call until then (shut_during_cfg in bgpd/bgp_network.c).
 * Where a route-map has changed too, it calls at once (bgp_config_end in bgpd/bgp_vty.c): so one comes, and goes again.
 */
export const callingMap = "route-map new-neighbors permit 10";

/** Without waiting for each answer: to a busy daemon that is a while for each line. */
async function askAll(vty: Vty, lines: readonly string[]): Promise<void> {
  await Promise.all(lines.map((line) => vty.ask(line)));
}

async function callNow(vty: Vty): Promise<void> {
  await askAll(vty, [callingMap, endGathering, startGathering, `no ${callingMap}`, endGathering]);
}

/**
 * The late end turns the other's call away until it calls itself, so this is a part of every order. Two ends that call
 * within some ten milliseconds of each other collide: FRR 8.4 takes the session down that it has just brought up, and
 * tries again a second later. Two nodes that are given the same session are done within a quarter of a second of each
 * other, or beside hundreds of VRFs within half a second, either of them first: no pause is free of it, a long one costs more.
 */
const lateMs = 150;

/**
 * When new neighbors are called. Two ends that call at the same moment collide, and FRR tries again only
 * a second later; so of the two addresses of a link the odd one calls, and the even one, an edge's on every
 * link it has, waits for it.
 */
export function callersOf(edits: readonly Edit[]): readonly ("at once" | "late")[] {
  return edits.flatMap(({ line }) => {
    const last = /^neighbor \S*([0-9a-f]) activate$/.exec(line.trim())?.[1];
    if (last === undefined) return [];
    return [Number.parseInt(last, 16) % 2 === 0 ? ("at once" as const) : ("late" as const)];
  });
}

function opensBlock(line: string): boolean {
  return /^(router |route-map |interface |bfd$)/.test(line);
}

function positive(line: string): string {
  return line.startsWith("no ") ? line.slice(3) : line;
}

export function concealed(line: string): string {
  return line.replace(/( password ).*/, "$1•••");
}
