/**
 * Namespaces, links, addresses and static routes of a node. A VRF is a namespace of its own, so that the
 * same addresses in two of them never meet. RFC 7348 (VXLAN), RFC 4364 §3 (separate forwarding tables).
 */
import { readdir } from "node:fs/promises";
import { changePrograms } from "../datapath/hooks.ts";
import { linkFilters } from "../datapath/programs.ts";
import { type Driver, type Failures, mergeFailures, noteFailure } from "../driver.ts";
import { argvAt, ipAt, type NodePaths } from "../places.ts";
import { CommandError, eachOf, kernelReader, run, runAnyway } from "../run.ts";
import { diffNode, isEmpty, type Line, type NamespaceChange, type NodeChange } from "./diff.ts";
import type { NodeIntent } from "./intended.ts";
import { hostSettings } from "./settings.ts";
import type { NamespaceState, NodeState } from "./state.ts";

const width = 2;
/** Namespaces read in one go: what is urgent waits no longer than for some milliseconds. */
const atOnce = 16;

export class NetnsDriver implements Driver<NodeState, NodeIntent, NodeChange> {
  readonly name = "netns";
  readonly #paths: NodePaths;

  constructor(paths: NodePaths) {
    this.#paths = paths;
  }

  async observe(signal: AbortSignal): Promise<NodeState> {
    return this.observeSome(["default", ...(await this.namespaces())], signal);
  }

  /** The namespaces asked for; a node may have hundreds. */
  async observeSome(
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<Map<string, NamespaceState>> {
    const { net, mount, node } = this.#paths;
    const states = new Map<string, NamespaceState>();
    for (let at = 0; at < names.length; at += atOnce) {
      const namespaces = names.slice(at, at + atOnce);
      const readings = await kernelReader().read("namespaces", { net, mount, namespaces }, signal);
      for (const [index, name] of namespaces.entries()) {
        const reading = readings[index];
        if (reading === undefined || "error" in reading)
          throw new CommandError(`${name} of ${node} cannot be read: ${reading?.error}`);
        states.set(name, reading.state);
      }
    }
    return states;
  }

  /** The VRFs that exist. */
  async namespaces(): Promise<string[]> {
    try {
      return await readdir(this.#paths.vrfs);
    } catch (cause) {
      const remedy =
        "if an older Causeway raised this lab, run `causeway down`, then `causeway up`";
      throw new CommandError(
        `The VRFs of ${this.#paths.node} cannot be listed: ${remedy}.`,
        undefined,
        cause,
      );
    }
  }

  /** Makes namespaces that nobody uses yet. */
  async prepare(names: readonly string[], signal: AbortSignal): Promise<void> {
    const lines = names.map((name) => ({ key: name, text: `netns add ${name}` }));
    await this.#batch("default", lines, signal);
    await this.#set(names, signal);
    await eachOf(names, width, (name) =>
      this.#batch(name, [{ key: name, text: "link set dev lo up" }], signal),
    );
  }

  diff(observed: NodeState, intended: NodeIntent): readonly NodeChange[] {
    const change = diffNode(observed, intended);
    return isEmpty(change) ? [] : [change];
  }

  async apply(changes: readonly NodeChange[], signal: AbortSignal): Promise<Failures> {
    const failures: Failures = new Map();
    for (const change of changes) mergeFailures(failures, await this.#applyOne(change, signal));
    return failures;
  }

  async #applyOne(change: NodeChange, signal: AbortSignal): Promise<Failures> {
    const failures: Failures = new Map();
    const spaces = [...change.byNamespace];
    const inEach = async (act: (name: string, lines: NamespaceChange) => Promise<Failures>) => {
      await eachOf(spaces, width, async ([name, lines]) => {
        mergeFailures(failures, await act(name, lines));
      });
    };
    await inEach((name, { before }) => this.#batch(name, before, signal));
    const fresh = change.newNamespaces.map(({ key, name }) => ({ key, text: `netns add ${name}` }));
    mergeFailures(failures, await this.#batch("default", [...change.removals, ...fresh], signal));
    const made = change.newNamespaces.map(({ name }) => name);
    await this.#set(made, signal);
    mergeFailures(failures, await this.#batch("default", change.additions, signal));
    await inEach(async (name, lines) => {
      const unfiltered = await this.#filter(name, lines, signal);
      return unfiltered.size > 0 ? unfiltered : this.#batch(name, lines.after, signal);
    });
    return failures;
  }

  async #set(names: readonly string[], signal: AbortSignal): Promise<void> {
    await eachOf(names, width, async (name) => {
      const argv = argvAt(this.#paths, name, ["sysctl", "-eqw", ...hostSettings]);
      await run({ argv, why: `set up ${name} of ${this.#paths.node}` }, { signal });
    });
  }

  /** The programs stand before a route leads to the link, and go with it. */
  async #filter(
    name: string,
    { filters, unmerged }: NamespaceChange,
    signal: AbortSignal,
  ): Promise<Failures> {
    const failures: Failures = new Map();
    const links = [...filters, ...unmerged];
    if (links.length === 0) return failures;
    const changes = [
      ...unmerged.map(({ device }) => ({
        device,
        attach: [],
        detach: [],
        unmerged: true as const,
      })),
      ...filters.map(({ device, programs }) => ({
        ...{ device, attach: programs },
        detach: linkFilters.filter((each) => !programs.includes(each)),
      })),
    ];
    const keys = new Map(links.map(({ device, key }) => [device, key]));
    for (const { device, reason } of await changePrograms(this.#paths, name, changes, signal))
      noteFailure(failures, keys.get(device) ?? name, `the datapath on ${device}: ${reason}`);
    return failures;
  }

  /** Every line is tried; a line that fails is its own fragment's failure. */
  async #batch(name: string, lines: readonly Line[], signal: AbortSignal): Promise<Failures> {
    const failures: Failures = new Map();
    if (lines.length === 0) return failures;
    const { code, stderr } = await runAnyway(
      {
        argv: ipAt(this.#paths, name, ["-force", "-batch", "-"]),
        input: lines.map(({ text }) => `${text}\n`).join(""),
        why: `change ${name} of ${this.#paths.node}`,
      },
      { signal },
    );
    if (code !== 0) noteFailedLines(failures, lines, stderr);
    return failures;
  }
}

/** `ip` says what was wrong and then `Command failed -:7`, counting lines from one. */
export function noteFailedLines(failures: Failures, lines: readonly Line[], stderr: string): void {
  let said: string[] = [];
  let known = false;
  for (const text of stderr.split("\n")) {
    const failed = /^Command failed -:(\d+)/.exec(text);
    if (failed === null) {
      if (text.trim() !== "") said.push(text.trim());
      continue;
    }
    const line = lines[Number(failed[1]) - 1];
    if (line === undefined) continue;
    known = true;
    noteFailure(failures, line.key, `ip ${line.text}: ${said.join(" ") || "refused"}`);
    said = [];
  }
  const [first] = lines;
  if (!known && first !== undefined) noteFailure(failures, first.key, `ip: ${said.join(" ")}`);
}
