import { expect, test } from "vitest";
import { silentLog } from "../base/log.ts";
import { VirtualClock } from "../base/virtual-clock.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { Report } from "../fabric/report.ts";
import type { DirtyScope, Store, StoreWriter } from "../store/store.ts";
import { Reconciler } from "./loop.ts";

/** Scopes of ports that are gone: planning asks for the fragments of each and finds none wanted. */
class Desk {
  readonly clock = new VirtualClock();
  readonly start = this.clock.now();
  dirty: DirtyScope[] = [];
  reports = new Map<string, Report>();
  /** Time of each planning, by scope. */
  readonly planned: [scope: string, at: number][] = [];
  readonly settled: string[] = [];
  atOnce = 0;
  atOnceMax = 0;
  planMs = 0;
  failure: Error | undefined;
  /** Happens while the reports are being judged. */
  onRead = () => {};
  readonly reconciler: Reconciler;

  constructor() {
    const writer = {
      read: async () => undefined,
      replaceFragments: (owner: string) => this.#plan(owner),
    } as unknown as StoreWriter;
    const store = {
      dirtyScopes: async () => this.dirty,
      settleDirty: async ({ scope, token }: DirtyScope) => {
        this.settled.push(scope);
        this.dirty = this.dirty.filter((mark) => mark.scope !== scope || mark.token !== token);
      },
      transaction: <T>(work: (given: StoreWriter) => Promise<T>) => work(writer),
      readReport: async (node: string) => {
        const report = this.reports.get(node);
        this.onRead();
        return report;
      },
      fragmentOwners: async () => [],
    } as unknown as Store;
    this.reconciler = new Reconciler({
      store,
      inventory: { sites: [] } as unknown as Inventory,
      clock: this.clock,
      log: silentLog,
      published: () => {},
      finishDelete: async () => {},
    });
  }

  mark(scope: string): void {
    const others = this.dirty.filter((mark) => mark.scope !== scope);
    const token = Math.max(0, ...this.dirty.map((mark) => mark.token)) + 1;
    this.dirty = [...others, { scope, token }];
    this.reconciler.wake();
  }

  async report(node: string, generation: number): Promise<void> {
    const report = { node, generation, fragments: [] };
    this.reports.set(node, report);
    await this.reconciler.reported(report);
  }

  times(scope: string): number[] {
    return this.planned.filter(([which]) => which === scope).map(([, at]) => at);
  }

  async #plan(owner: string) {
    this.planned.push([owner, this.clock.now() - this.start]);
    this.atOnce += 1;
    this.atOnceMax = Math.max(this.atOnceMax, this.atOnce);
    await this.clock.sleep(this.planMs);
    this.atOnce -= 1;
    if (this.failure !== undefined) throw this.failure;
    return [{ node: "e1", generation: 1 }];
  }
}

test("a scope that throws is tried again after growing pauses, half a minute at most", async () => {
  const desk = new Desk();
  desk.failure = new Error("no");
  desk.mark("port:a");
  await desk.clock.advance(120_000);
  const gaps = desk.times("port:a").map((at, index, all) => at - (all[index - 1] ?? 0));
  expect(gaps.slice(1, 8)).toEqual([200, 400, 800, 1_600, 3_200, 6_400, 12_800]);
  expect(gaps.slice(8)).toEqual([25_600, 30_000, 30_000]);
  desk.failure = undefined;
  await desk.report("e1", 1);
  await desk.clock.advance(30_000);
  expect(desk.settled).toEqual(["port:a"]);
  await desk.reconciler.stop();
});

test("a scope that waits is looked at when its node reports, and every few seconds besides", async () => {
  const desk = new Desk();
  desk.mark("port:a");
  await desk.clock.advance(11_000);
  expect(desk.times("port:a")).toEqual([0, 5_000, 10_000]);
  await desk.report("e2", 1);
  await desk.clock.advance(100);
  expect(desk.times("port:a")).toHaveLength(3);
  await desk.report("e1", 1);
  await desk.clock.advance(0);
  expect(desk.settled).toEqual(["port:a"]);
  await desk.reconciler.stop();
});

test("a report that comes while the scope is judged is not waited for in vain", async () => {
  const desk = new Desk();
  desk.onRead = () => {
    desk.onRead = () => {};
    void desk.report("e1", 1);
  };
  desk.mark("port:a");
  await desk.clock.advance(50);
  expect(desk.settled).toEqual(["port:a"]);
  await desk.reconciler.stop();
});

test("a scope is worked on once at a time and looked at again when it was marked meanwhile; eight at most are", async () => {
  const desk = new Desk();
  desk.planMs = 100;
  await desk.report("e1", 1);
  desk.mark("port:a");
  await desk.clock.advance(10);
  for (let more = 0; more < 5; more += 1) desk.mark("port:a");
  await desk.clock.advance(50);
  expect(desk.atOnceMax).toBe(1);
  await desk.clock.advance(500);
  expect(desk.times("port:a")).toEqual([0, 100]);
  expect(desk.dirty).toEqual([]);
  for (let index = 0; index < 30; index += 1) desk.mark(`port:${index}`);
  await desk.clock.advance(1_000);
  expect(desk.atOnceMax).toBe(8);
  expect(desk.dirty).toEqual([]);
  await desk.reconciler.stop();
});

test("stopping waits for the work under way and begins no more", async () => {
  const desk = new Desk();
  desk.planMs = 100;
  await desk.report("e1", 1);
  desk.mark("port:a");
  await desk.clock.advance(10);
  let ended = false;
  const stopping = desk.reconciler.stop().then(() => {
    ended = true;
  });
  desk.mark("port:b");
  await desk.clock.advance(50);
  expect(ended).toBe(false);
  await desk.clock.advance(100);
  await stopping;
  expect([desk.settled, desk.times("port:b")]).toEqual([["port:a"], []]);
});
