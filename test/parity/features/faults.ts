/** What breaks, and what a stream of packets sees of it. */
import { systemClock } from "../../../src/base/clock.ts";
import { converged } from "../../linux/lab-server.ts";
import { cancel } from "../../linux/orders.ts";
import { type Feature, must } from "../feature.ts";
import { carries, remove, type Standing, seen, underStream, whole } from "../standing.ts";

async function fault(
  standing: Standing,
  limitMs: number,
  { begin, end }: { begin: () => Promise<unknown>; end: () => Promise<unknown> },
): Promise<void> {
  await whole(standing);
  try {
    const { lostMs } = await underStream(standing, async () => {
      await begin();
      await systemClock.sleep(limitMs + 500);
    });
    must(
      lostMs < limitMs,
      `packets of ${Math.round(lostMs)} ms were lost; ${limitMs} ms are allowed`,
    );
  } finally {
    await end();
  }
  await whole(standing);
  await carries(standing);
}

export const faults: readonly Feature[] = [
  {
    name: "a cable is pulled",
    says: "The primary link goes down at the edge: packets go on over the other one within a second.",
    check(standing) {
      const { probe } = standing.fabric.running.backend;
      const at = standing.variant.handOff.primary;
      return fault(standing, 1_000, {
        begin: () => probe.setPort(at, false),
        end: () => probe.setPort(at, true),
      });
    },
    cutsHandOff: true,
  },
  {
    name: "silent loss",
    says: "The primary link drops everything while it stays up: BFD finds it, within two seconds.",
    check(standing) {
      const { probe } = standing.fabric.running.backend;
      const { handOff, far } = standing.variant;
      const set = (silent: boolean) =>
        Promise.all([handOff.primary, far.primary].map((at) => probe.setSilence(at, silent)));
      return fault(standing, 2_000, { begin: () => set(true), end: () => set(false) });
    },
    cutsHandOff: true,
  },
  {
    name: "restart of the server",
    says: "The server is stopped and started under streams of all variants: no packet is missed by it, no session reset.",
    async check(standing) {
      const { lostMs } = await underStream(standing, () => restarted(standing));
      must(lostMs < 200, `packets of ${Math.round(lostMs)} ms were lost`);
    },
  },
  {
    name: "deletion leaves nothing",
    says: "What was ordered is deleted, and no line of it is left on any node.",
    async check(standing) {
      const { fabric, variant, first } = standing;
      await cancel(fabric.parties, variant);
      await converged(fabric.parties);
      const key = first.serviceKey.slice(0, 8);
      await seen("no line of it is left", async () => {
        const lines = await fabric.running.backend.snapshot();
        return !lines.some((line) => line.includes(key));
      });
      const { customer } = fabric.parties;
      must((await customer.find(first.circuitId)) === undefined, "the circuit is there still");
      await remove(customer, first.circuitId);
    },
  },
];

/** Once for all: streams of every variant run when the first of them comes here. */
const restarts = new WeakMap<object, { arrived: number; done: PromiseWithResolvers<void> }>();

async function restarted({ fabric, all }: Standing): Promise<void> {
  const state = restarts.get(fabric) ?? { arrived: 0, done: Promise.withResolvers<void>() };
  restarts.set(fabric, state);
  state.arrived += 1;
  if (state.arrived === 1) begin();
  await state.done.promise;

  /** Those that do not come are not waited for long. */
  function begin(): void {
    const arrived = async () => {
      for (let left = 100; left > 0 && state.arrived < all.length; left -= 1)
        await systemClock.sleep(100);
      restarts.delete(fabric);
      await fabric.restart();
    };
    arrived().then(state.done.resolve, state.done.reject);
  }
}
