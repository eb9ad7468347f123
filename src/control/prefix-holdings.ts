/**
 * What this installation knows of who may announce which prefix, from files that are read again when they
 * change and from RPKI-to-Router servers. What cannot be read leaves what was known before in force.
 */
import { readFile, stat } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import {
  type Approval,
  type Holdings,
  holdingsOf,
  noHoldings,
  parseApprovals,
  parseVrps,
  type Vrp,
} from "../domain/prefix-holding/holdings.ts";
import { type HeldRange, parseRegistryText } from "../domain/prefix-holding/rpsl.ts";
import type { RegistryPlaces } from "../fabric/inventory.ts";
import type { Json } from "../store/store.ts";
import { followRtrServer } from "./rtr/client.ts";

const LOOK_AGAIN_MS = 1_000;

type Part = {
  readonly ranges?: readonly HeldRange[];
  readonly vrps?: readonly Vrp[];
  readonly approvals?: readonly Approval[];
};

type Source = { readonly path: string; readonly parse: (text: string) => Part };

export class PrefixHoldings {
  readonly #sources: readonly Source[];
  readonly #servers: readonly string[];
  readonly #log: Log;
  readonly #parts = new Map<string, Part>();
  /** Size and time of each file as it was last read, or why it could not be. */
  readonly #prints = new Map<string, string>();
  readonly #listeners: (() => void)[] = [];
  #known: Holdings = noHoldings;

  constructor({ places, log }: { places: RegistryPlaces | undefined; log: Log }) {
    this.#log = log;
    this.#servers = places?.rtr ?? [];
    const json = (parse: (document: Json) => Part) => (text: string) =>
      parse(JSON.parse(text) as Json);
    this.#sources = [
      ...(places?.irr ?? []).map((path) => ({
        path,
        parse: (text: string) => ({ ranges: parseRegistryText(text) }),
      })),
      ...(places?.vrps ?? []).map((path) => ({
        path,
        parse: json((document) => ({ vrps: parseVrps(document) })),
      })),
      ...(places?.approvals ?? []).map((path) => ({
        path,
        parse: json((document) => ({ approvals: parseApprovals(document) })),
      })),
    ];
  }

  current(): Holdings {
    return this.#known;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** What a server of validated payloads says now, in place of what it said before. */
  #told(server: string, vrps: readonly Vrp[]): void {
    this.#parts.set(server, { vrps });
    this.#put();
  }

  /** Reads the files that changed since they were last read. */
  async refresh(): Promise<void> {
    let isChanged = false;
    for (const source of this.#sources) isChanged = (await this.#read(source)) || isChanged;
    if (isChanged) this.#put();
  }

  /** Goes on looking and listening, until the signal aborts. */
  async watch(clock: Clock, signal: AbortSignal): Promise<void> {
    const log = this.#log;
    const followed = this.#servers.map((server) =>
      followRtrServer({ server, clock, log, told: (vrps) => this.#told(server, vrps) }, signal),
    );
    await Promise.all([this.#watchFiles(clock, signal), ...followed]);
  }

  async #watchFiles(clock: Clock, signal: AbortSignal): Promise<void> {
    if (this.#sources.length === 0) return;
    while (!signal.aborted) {
      await clock.sleep(LOOK_AGAIN_MS, signal);
      if (!signal.aborted) await this.refresh();
    }
  }

  async #read({ path, parse }: Source): Promise<boolean> {
    let print = "";
    try {
      const { mtimeMs, size } = await stat(path);
      print = `${mtimeMs} ${size}`;
      if (this.#prints.get(path) === print) return false;
      this.#parts.set(path, parse(await readFile(path, "utf8")));
      this.#prints.set(path, print);
      return true;
    } catch (error) {
      const reason = String(error);
      // Said once, and read again when it is another file or can be read.
      if (this.#prints.get(path) !== (print || reason))
        this.#log("error", "registry data cannot be read; what was known before stays", {
          path,
          error: reason,
        });
      this.#prints.set(path, print || reason);
      return false;
    }
  }

  #put(): void {
    const parts = [...this.#parts.values()];
    this.#known = holdingsOf({
      ranges: parts.flatMap(({ ranges = [] }) => ranges),
      vrps: parts.flatMap(({ vrps = [] }) => vrps),
      approvals: parts.flatMap(({ approvals = [] }) => approvals),
    });
    for (const listener of this.#listeners) listener();
  }
}
