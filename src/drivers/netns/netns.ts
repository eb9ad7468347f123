/**
 * Namespaces, links, addresses and static routes of a node. A VRF is a namespace of its own, so that the
 * same addresses in two of them never meet. RFC 7348 (VXLAN), RFC 4364 §3 (separate forwarding tables).
 */
import { readdir } from "node:fs/promises";
import { REPAIR_INTERFACE } from "../../fabric/intent.ts";
import { type Driver, type Failures, mergeFailures, noteFailure } from "../driver.ts";
import { daemonPid } from "../frr/daemons.ts";
import { argvAt, ipAt, type NodePaths } from "../places.ts";
import { eachOf, run, runAnyway } from "../run.ts";
import { diffNode, isEmpty, type Line, type NodeChange } from "./diff.ts";
import type { NodeIntent } from "./intended.ts";
import { hostSettings } from "./settings.ts";
import {
  lastResortTable,
  type NamespaceState,
  type NodeState,
  parseNamespace,
  readingLines,
} from "./state.ts";

const width = 2;

export class NetnsDriver implements Driver<NodeState, NodeIntent, NodeChange> {
  readonly name = "netns";
  readonly #paths: NodePaths;

  constructor(paths: NodePaths) {
    this.#paths = paths;
  }

  async observe(signal: AbortSignal): Promise<NodeState> {
    return this.observeSome(["default", ...(await this.namespaces())], signal);
  }

  /** One process for each namespace asked for; a node may have hundreds. */
  async observeSome(
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<Map<string, NamespaceState>> {
    const directory = await this.#directory();
    const states = await eachOf(names, width, (name) => this.#read(name, directory, signal));
    return new Map(names.map((name, index) => [name, states[index] as NamespaceState]));
  }

  /** The VRFs that exist. */
  async namespaces(): Promise<string[]> {
    const directory = await this.#directory();
    if (directory === undefined) return this.#listNamespaces();
    return readdir(directory).catch(() => this.#listNamespaces());
  }

  /** The node's `/run/netns` as this process sees it, through a daemon that lives there. */
  async #directory(): Promise<string | undefined> {
    const pid = await daemonPid(this.#paths, "zebra");
    return pid === undefined ? undefined : `/proc/${pid}/root/run/netns`;
  }

  /** Makes namespaces that nobody uses yet. */
  async prepare(names: readonly string[], signal: AbortSignal): Promise<void> {
    const lines = names.map((name) => ({ key: name, text: `netns add ${name}` }));
    await this.#batch("default", lines, signal);
    await eachOf(names, width, async (name) => {
      await this.#set(name, signal);
      await this.#batch(name, [{ key: name, text: "link set dev lo up" }], signal);
    });
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
    const inEach = async (which: "before" | "after") => {
      await eachOf(spaces, width, async ([name, lines]) => {
        mergeFailures(failures, await this.#batch(name, lines[which], signal));
      });
    };
    await inEach("before");
    const fresh = change.newNamespaces.map(({ key, name }) => ({ key, text: `netns add ${name}` }));
    mergeFailures(failures, await this.#batch("default", [...change.removals, ...fresh], signal));
    await eachOf(change.newNamespaces, width, ({ name }) => this.#set(name, signal));
    mergeFailures(failures, await this.#batch("default", change.additions, signal));
    await inEach("after");
    return failures;
  }

  async #read(
    name: string,
    directory: string | undefined,
    signal: AbortSignal,
  ): Promise<NamespaceState> {
    const words = ["ip", "-j", "-d", "-batch", "-"] as const;
    // One `nsenter` less where a daemon shows the way: hundreds of VRFs are read every few seconds.
    const isDirect = directory !== undefined && name !== "default";
    const text = await run(
      {
        argv: isDirect
          ? ["nsenter", `--net=${directory}/${name}`, ...words]
          : argvAt(this.#paths, name, words),
        input: readingLines,
        why: `read ${name} of ${this.#paths.node}`,
      },
      { signal },
    );
    return parseNamespace(text);
  }

  async #set(name: string, signal: AbortSignal): Promise<void> {
    await run(
      {
        argv: argvAt(this.#paths, name, ["sysctl", "-qw", ...hostSettings]),
        why: `set up ${name} of ${this.#paths.node}`,
      },
      { signal },
    );
    if (name === "default") return;
    // Behind the main table; a VRF that has no route of last resort finds that table empty.
    for (const family of ["-4", "-6"]) {
      const rule = [
        "rule",
        "add",
        "not",
        "iif",
        REPAIR_INTERFACE,
        "lookup",
        lastResortTable,
        "pref",
        "33000",
      ];
      const argv = argvAt(this.#paths, name, ["ip", family, ...rule]);
      await runAnyway(
        { argv, why: `give ${name} of ${this.#paths.node} its last resort` },
        { signal },
      );
    }
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

  async #listNamespaces(): Promise<string[]> {
    const text = await run({
      argv: argvAt(this.#paths, "default", ["ip", "netns", "list"]),
      why: `list the VRFs of ${this.#paths.node}`,
    });
    return text.split("\n").flatMap((line) => line.split(" ")[0] || []);
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
