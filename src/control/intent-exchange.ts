/** Between the store and agents in this process: pulls, reports, and word of newer intents. */
import { unsealAll } from "../base/secret.ts";
import type { IntentChange, NodeName } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { IntentSource, Report } from "../fabric/report.ts";
import type { NodeGeneration, Store } from "../store/store.ts";
import { CarriageWatch } from "./carriage-watch.ts";
import { ConnectionWatch } from "./connection-status.ts";
import { FastPathWatch } from "./fast-path-status.ts";
import { JoinWatch } from "./join-status.ts";
import { PrefixWatch } from "./prefix-watch.ts";
import { RoomWatch } from "./room-watch.ts";
import { SessionWatch } from "./session-events.ts";

export type ExchangeOptions = {
  readonly store: Store;
  /** 32 bytes: opens what is sealed at rest. */
  readonly sealKey: Uint8Array;
  readonly inventory: Inventory;
};

export class IntentExchange implements IntentSource {
  readonly #store: Store;
  readonly #sealKey: Uint8Array;
  readonly #waiting = new Map<NodeName, Set<() => void>>();
  /** Announced while nobody waited: the next wait ends at once. */
  readonly #announced = new Set<NodeName>();
  readonly #pulled = new Map<NodeName, number>();
  readonly #sessions: SessionWatch;
  readonly #connections: ConnectionWatch;
  readonly #joins: JoinWatch;
  readonly #fastPaths: FastPathWatch;
  readonly #prefixes: PrefixWatch;
  readonly #rooms: RoomWatch;
  readonly #carriage: CarriageWatch;
  #listener: (report: Report) => Promise<void> = async () => {};

  constructor({ store, sealKey, inventory }: ExchangeOptions) {
    this.#store = store;
    this.#sealKey = sealKey;
    this.#sessions = new SessionWatch(store);
    this.#connections = new ConnectionWatch(store);
    this.#joins = new JoinWatch(store);
    this.#fastPaths = new FastPathWatch(store);
    this.#prefixes = new PrefixWatch(store);
    this.#rooms = new RoomWatch(store);
    this.#carriage = new CarriageWatch(store, inventory);
  }

  onReport(listener: (report: Report) => Promise<void>): void {
    this.#listener = listener;
  }

  /** A scope that is planned again, because a node fails, is no news to the nodes that hold it. */
  announce(intents: readonly NodeGeneration[]): void {
    for (const { node, generation } of intents) {
      if (generation <= (this.#pulled.get(node) ?? 0)) continue;
      const waiting = this.#waiting.get(node);
      if (waiting === undefined || waiting.size === 0) this.#announced.add(node);
      for (const resolve of waiting ?? []) resolve();
    }
  }

  /** Secrets are opened here and nowhere before: intents at rest hold them sealed. */
  async pull(node: NodeName, heldGeneration: number): Promise<IntentChange | undefined> {
    const change = await this.#store.intentChange(node, heldGeneration);
    this.#pulled.set(node, change?.generation ?? heldGeneration);
    return change === undefined ? undefined : unsealAll(this.#sealKey, change);
  }

  async push(report: Report): Promise<void> {
    const events = [
      ...(await this.#sessions.eventsOf(report)),
      ...(await this.#rooms.eventsOf(report)),
    ];
    await this.#store.writeReport(report, events);
    this.#sessions.remember(report);
    this.#rooms.remember(report);
    await this.#connections.note(report);
    await this.#joins.note(report);
    await this.#fastPaths.note(report);
    await this.#prefixes.note(report);
    await this.#rooms.note(report);
    await this.#carriage.note(report);
    await this.#listener(report);
  }

  changed(node: NodeName, signal: AbortSignal): Promise<void> {
    if (this.#announced.delete(node) || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(node) ?? new Set();
      this.#waiting.set(node, waiting);
      const finish = () => {
        waiting.delete(finish);
        signal.removeEventListener("abort", finish);
        resolve();
      };
      waiting.add(finish);
      signal.addEventListener("abort", finish);
    });
  }
}
