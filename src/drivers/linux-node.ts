/**
 * A node of the fabric on this machine: the three drivers in the order that keeps circuits apart (I1).
 * Coming: tags, then links and addresses, then routing. Going: routing, then tags, then links.
 */

import { mkdir } from "node:fs/promises";
import { messageOf } from "../base/cause.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Fragment, Intent } from "../fabric/intent.ts";
import type {
  FabricNode,
  FragmentResult,
  Observation,
  RouteObservation,
} from "../fabric/report.ts";
import { intendedTags, type TagsIntent } from "./datapath/entries.ts";
import { readMeters } from "./datapath/meters.ts";
import { type TagsChange, TagsDriver } from "./datapath/tags.ts";
import { tellDrift } from "./drift.ts";
import { type Failures, mergeFailures, noteFailure } from "./driver.ts";
import { resultsOf } from "./fragment-results.ts";
import type { Block } from "./frr/blocks.ts";
import type { Edit } from "./frr/diff.ts";
import { FrrDriver } from "./frr/frr.ts";
import { LimitGuard } from "./frr/limit-guard.ts";
import { parseSessions } from "./frr/observation.ts";
import { readGeneration, writeGeneration } from "./generation.ts";
import { KnownFragments } from "./known-fragments.ts";
import { LossForwarding } from "./loss-forwarding.ts";
import { createLossHub, type LossHub } from "./loss-hub.ts";
import { tellMacsec } from "./macsec.ts";
import { NatDriver } from "./nat.ts";
import { isPort, type NodeChange, takesLinksOfMain } from "./netns/diff.ts";
import { intendedNode, type NodeIntent } from "./netns/intended.ts";
import { NetnsDriver } from "./netns/netns.ts";
import type { NamespaceState } from "./netns/state.ts";
import { checkLabName, type NodePaths, nodePaths } from "./places.ts";
import { PortReader } from "./ports.ts";
import { Readings } from "./readings.ts";
import { readRoutes } from "./routes.ts";
import { VrfSlots } from "./vrf-slots.ts";
import { wait } from "./wait.ts";

/** By then the sessions of an order are up. */
const CALM_MS = 1_000;

export type LinuxNodeOptions = {
  readonly lab: string;
  readonly name: string;
  /** Whether routing daemons run on it. */
  readonly routing: boolean;
  readonly log: Log;
  readonly clock: Clock;
  /** Where switches tell each other of lost links; one for all nodes of a process. */
  readonly lossHub?: LossHub;
};

/** A node that also lets go: its watchers end, everything it made stays. */
export interface LinuxNode extends FabricNode {
  close(): void;
}

export async function openLinuxNode(options: LinuxNodeOptions): Promise<LinuxNode> {
  checkLabName(options.lab);
  const paths = nodePaths(options.lab, options.name);
  await mkdir(paths.directory, { recursive: true });
  return new Node(options, paths, await readGeneration(paths));
}

class Node implements LinuxNode {
  readonly name: string;
  readonly #options: LinuxNodeOptions;
  readonly #paths: NodePaths;
  readonly #netns: NetnsDriver;
  readonly #tags: TagsDriver;
  readonly #frr: FrrDriver;
  readonly #ports: PortReader;
  readonly #nat: NatDriver;
  readonly #guard: LimitGuard;
  readonly #loss: LossForwarding;
  readonly #seen: Readings;
  readonly #known = new KnownFragments();
  readonly #slots: VrfSlots;
  #meters: ReadonlySet<string> = new Set();
  #generation: number;
  #isVerified = false;
  /** What the node did not become last time is tried again: no drift. */
  #isFailing = false;
  #isRefilling = false;
  readonly #closing = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: LinuxNodeOptions, paths: NodePaths, generation: number) {
    this.name = options.name;
    this.#options = options;
    this.#paths = paths;
    this.#generation = generation;
    this.#slots = new VrfSlots(paths);
    this.#seen = new Readings(options.clock);
    this.#netns = new NetnsDriver(paths);
    this.#tags = new TagsDriver(paths);
    this.#frr = new FrrDriver(paths);
    this.#ports = new PortReader(paths, options.clock);
    this.#nat = new NatDriver(paths);
    this.#guard = new LimitGuard({
      ...{ frr: this.#frr, file: `${paths.directory}/prefix-gates.json`, log: options.log },
      inTurn: (work) => this.#inTurn(work),
    });
    const hub = options.lossHub ?? createLossHub();
    this.#loss = new LossForwarding({ paths, hub, log: options.log });
  }

  get generation(): number {
    return this.#generation;
  }

  converge(intent: Intent, signal: AbortSignal): Promise<readonly FragmentResult[]> {
    return this.#inTurn(() => this.#converge(intent, signal));
  }

  observe(signal: AbortSignal): Promise<Observation> {
    return this.#inTurn(() => this.#observe(signal));
  }

  routes(name: string, signal: AbortSignal): Promise<readonly RouteObservation[]> {
    const { routing } = this.#options;
    const vrf = this.#slots.namespaceOf(name);
    return readRoutes({ paths: this.#paths, frr: routing ? this.#frr : undefined, vrf, signal });
  }

  close(): void {
    this.#closing.abort();
    this.#guard.close();
    this.#loss.close();
  }

  async #converge(intent: Intent, signal: AbortSignal): Promise<readonly FragmentResult[]> {
    if (intent.generation < this.#generation) {
      throw new Error(
        `Node ${this.name} holds generation ${this.#generation} and refuses the older ${intent.generation}.`,
      );
    }
    const fragments = this.#translate(intent.fragments);
    const failures: Failures = new Map();
    const started = this.#options.routing ? await this.#frr.ensure() : [];
    if (started.length > 0) {
      this.#options.log("warn", "routing daemons were started", {
        node: this.name,
        daemons: started,
      });
    }
    const isHeld = intent.generation === this.#generation && !this.#isFailing;
    const isVerifying = intent.generation === this.#generation || !this.#isVerified;
    // Written before anything changes; reading need not wait for it.
    const [state] = await Promise.all([
      this.#read(isVerifying ? undefined : this.#changedVrfs(fragments), signal),
      this.#hold(intent.generation),
    ]);
    // Not sooner: a look that gives way to an order leaves it what was known.
    if (isVerifying) for (const driver of [this.#tags, this.#frr]) driver.forget();
    const blocks = this.#wantedBlocks(fragments, failures);
    const routing = this.#options.routing ? this.#frr.diff(await this.#frr.recall(), blocks) : [];
    // The last place where a look gives way: nothing has changed yet, and what was read is known to who comes next.
    signal.throwIfAborted();
    this.#isVerified = false;
    mergeFailures(failures, await this.#frr.apply(routing.filter(isRemoval)));
    const repairs = await this.#convergeLinks(fragments, { state, failures, signal });
    mergeFailures(failures, await this.#nat.converge(fragments, signal));
    await this.#convergeRouting(
      routing.filter((edit) => !isRemoval(edit)),
      { blocks, failures },
    );
    await this.#loss.follow(fragments.filter((fragment) => fragment.kind === "crossConnect"));

    this.#known.keep(fragments);
    this.#isVerified = failures.size === 0;
    this.#isFailing = failures.size > 0;
    if (isHeld) tellDrift(this.#options, { routing, ...repairs });
    this.#refill();
    return tellMacsec(this.#results(fragments, failures), fragments);
  }

  async #hold(generation: number): Promise<void> {
    if (generation > this.#generation) await writeGeneration(this.#paths, generation);
    this.#generation = generation;
  }

  #translate(fragments: readonly Fragment[]): readonly Fragment[] {
    if (!this.#options.routing) return this.#known.recognised(fragments);
    this.#slots.assign(fragments.flatMap((each) => (each.kind === "vrf" ? [each.name] : [])));
    return this.#known.recognised(fragments.map((fragment) => this.#slots.translate(fragment)));
  }

  /** After the answer, so that nobody waits for it, and as long as there are spares not while an order's sessions come up. */
  #refill(): void {
    if (!this.#options.routing || this.#isRefilling) return;
    this.#isRefilling = true;
    const { signal } = this.#closing;
    void wait(this.#slots.hasSpares ? CALM_MS : 0, signal)
      .then(() => this.#inTurn(() => this.#prepareSpares(signal)))
      .catch((error) => {
        this.#options.log("warn", "spare namespaces could not be made", {
          node: this.name,
          error: String(error),
        });
      })
      .finally(() => {
        this.#isRefilling = false;
      });
  }

  async #prepareSpares(closing: AbortSignal): Promise<void> {
    const names = closing.aborted ? [] : this.#slots.refill();
    if (names.length > 0) await this.#netns.prepare(names, AbortSignal.timeout(10_000));
  }

  async #convergeLinks(
    fragments: readonly Fragment[],
    {
      state,
      failures,
      signal,
    }: { state: Map<string, NamespaceState>; failures: Failures; signal: AbortSignal },
  ): Promise<{ links: readonly NodeChange[]; tags: readonly TagsChange[] }> {
    const links = intendedNode(fragments);
    let tags = this.#intendedTags(fragments, state);
    // A filter goes only when the subinterfaces that it kept apart are gone.
    const early = this.#tags
      .diff(await this.#tags.recall(signal), tags)
      .filter(({ kind }) => kind !== "detach");
    mergeFailures(failures, await this.#tags.apply(early, signal));
    const changes = this.#withoutUntagged(this.#netns.diff(state, links), failures, links);
    // Before, not after: when this is broken off, nothing is known of what it touched.
    this.#forget(changes);
    mergeFailures(failures, await this.#netns.apply(changes, signal));
    if (changes.length > 0 && tags.awaitsDevices) {
      const main = await this.#netns.observeSome(["default"], signal);
      for (const [name, space] of main) state.set(name, space);
      tags = this.#intendedTags(fragments, state);
    }
    if (changes.some(takesLinksOfMain)) this.#tags.forget();
    const late = this.#tags.diff(await this.#tags.recall(signal), tags);
    mergeFailures(failures, await this.#tags.apply(late, signal));
    this.#meters = tags.meters;
    return { links: changes, tags: [...early, ...late] };
  }

  /** No subinterface is made on a port whose tag program is not in place: its frames would leave untagged (I1). */
  #withoutUntagged(
    changes: readonly NodeChange[],
    failures: Failures,
    { namespaces }: NodeIntent,
  ): readonly NodeChange[] {
    if (failures.size === 0) return changes;
    const failed = new Set(failures.keys());
    const isSafe = ({ key, text }: { key: string; text: string }) =>
      !failed.has(key) || !text.includes(" type macvlan");
    const known = new Set([...namespaces.values()].map(({ key }) => key));
    return changes.map((change) => ({
      ...change,
      additions: change.additions.filter((line) => !known.has(line.key) || isSafe(line)),
    }));
  }

  async #convergeRouting(
    edits: readonly Edit[],
    { blocks, failures }: { blocks: readonly Block[]; failures: Failures },
  ): Promise<void> {
    if (edits.length === 0) return;
    try {
      const wanted = edits.filter(({ fragment }) => fragment !== "");
      await this.#frr.awaitVrfs([...new Set(wanted.flatMap(({ path }) => vrfOf(path[0]) ?? []))]);
    } catch (error) {
      const reason = messageOf(error);
      for (const { fragment } of edits) noteFailure(failures, fragment, reason);
      return;
    }
    mergeFailures(failures, await this.#frr.apply(edits));
    await this.#frr.settle(blocks, failures);
  }

  #wantedBlocks(fragments: readonly Fragment[], failures: Failures): readonly Block[] {
    if (this.#options.routing) return this.#guard.render(fragments);
    for (const fragment of fragments) {
      if (fragment.kind !== "vrf" || (fragment.bgp ?? fragment.frrText) === undefined) continue;
      noteFailure(
        failures,
        fragment.key,
        `Node ${this.name} runs no routing daemons; mark it as routing in the fabric.`,
      );
    }
    return [];
  }

  async #observe(signal: AbortSignal): Promise<Observation> {
    const names = await this.#usedNamespaces();
    await this.#readSome(["default", ...this.#seen.due(names)], signal);
    this.#seen.keepOnly(["default", ...names]);
    const tags = await this.#tags.observe(signal);
    const main = this.#seen.get("default");
    const ports = [...(main?.links.values() ?? [])].filter(isPort);
    return {
      sessions: this.#options.routing ? await this.#sessions() : [],
      neighbors: [...this.#seen.states()].flatMap(([vrf, { neighbors }]) =>
        neighbors.map((neighbor) => ({ vrf: this.#slots.vrfOf(vrf), ...neighbor })),
      ),
      meters: readMeters(tags.cells, this.#meters),
      ports: await this.#ports.observe(ports, tags, signal),
      rooms: this.#guard.rooms(),
    };
  }

  async #sessions(): Promise<Observation["sessions"]> {
    const [summary, failed, bfd] = await Promise.all([
      this.#frr.ask("bgpd", "show bgp vrf all summary json"),
      this.#frr.ask("bgpd", "show bgp vrf all summary failed json"),
      this.#frr.ask("bfdd", "show bfd peers json"),
    ]);
    return this.#guard.tell(parseSessions({ summary, failed, bfd })).map((session) => ({
      ...session,
      vrf: this.#slots.vrfOf(session.vrf),
    }));
  }

  async #usedNamespaces(): Promise<string[]> {
    const present = await this.#netns.namespaces();
    return present.filter((name) => !this.#slots.isSpare(name));
  }

  /** The namespaces named and the node's own; the rest as it was last seen. Without names, all. */
  async #read(
    names: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ): Promise<Map<string, NamespaceState>> {
    const present = ["default", ...(await this.#usedNamespaces())];
    const isDue = (name: string) =>
      names === undefined || name === "default" || names.has(name) || !this.#seen.has(name);
    await this.#readSome(present.filter(isDue), signal);
    this.#seen.keepOnly(present);
    return this.#seen.states();
  }

  async #readSome(names: readonly string[], signal: AbortSignal): Promise<void> {
    for (const [name, space] of await this.#netns.observeSome(names, signal))
      this.#seen.put(name, space);
  }

  #forget(changes: readonly NodeChange[]): void {
    for (const change of changes) {
      for (const name of change.byNamespace.keys()) this.#seen.forget(name);
      for (const { name } of change.newNamespaces) this.#seen.forget(name);
    }
  }

  #changedVrfs(fragments: readonly Fragment[]): ReadonlySet<string> {
    const changed = this.#known.changed(fragments);
    return new Set(changed.flatMap((fragment) => (fragment.kind === "vrf" ? [fragment.name] : [])));
  }

  #intendedTags(
    fragments: readonly Fragment[],
    state: ReadonlyMap<string, NamespaceState>,
  ): TagsIntent {
    const links = state.get("default")?.links;
    return intendedTags(fragments, (device) => links?.get(device)?.ifindex);
  }

  #results(fragments: readonly Fragment[], failures: Failures): FragmentResult[] {
    const { log } = this.#options;
    for (const [key, error] of failures)
      log("warn", "a part of the intent could not be applied", { node: this.name, key, error });
    return resultsOf(fragments, failures);
  }

  /** One thing at a time: an observation never sees a change half made. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** What a daemon must let go while the VRF still exists: nobody wants it, so it has no fragment. */
function isRemoval({ fragment, path, line }: Edit): boolean {
  if (fragment !== "") return false;
  return line.startsWith("no router ") || path[0]?.startsWith("interface ") === true;
}

function vrfOf(head: string | undefined): string | undefined {
  return / vrf (\S+)$/.exec(head ?? "")?.[1];
}
