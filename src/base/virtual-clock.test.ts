import { expect, test } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

test("sleepers wake in the order of their times, and time stops at each", async () => {
  const passed: number[] = [];
  const clock = new VirtualClock((ms) => passed.push(ms));
  const start = clock.now();
  const woken: string[] = [];
  const sleep = async (name: string, ms: number) => {
    await clock.sleep(ms);
    woken.push(`${name} at ${clock.now() - start}`);
    if (name === "a") await sleep("c", 5);
  };
  void sleep("b", 20);
  void sleep("a", 10);
  await clock.advance(100);
  expect(woken).toEqual(["a at 10", "c at 15", "b at 20"]);
  expect(passed).toEqual([10, 5, 5, 80]);
});

test("a signal ends a sleep without time passing", async () => {
  const clock = new VirtualClock();
  const ends = new AbortController();
  const sleeping = clock.sleep(1_000, ends.signal);
  ends.abort();
  await sleeping;
  await clock.sleep(1_000, ends.signal);
  await clock.advance(0);
});
