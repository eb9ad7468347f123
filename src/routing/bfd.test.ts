import { expect, test } from "vitest";
import { bfdDetectionMs, detectionMs } from "./bfd.ts";

test.each([
  [{ intervalMs: 300, multiplier: 3 }, { intervalMs: 300, multiplier: 3 }, 900],
  [{ intervalMs: 300, multiplier: 3 }, { intervalMs: 1000, multiplier: 5 }, 5000],
  [{ intervalMs: 750, multiplier: 4 }, { intervalMs: 300, multiplier: 3 }, 2250],
])("%o hears the loss of %o after %d ms", (local, remote, expected) => {
  expect(bfdDetectionMs(local, remote)).toBe(expected);
});

test("without BFD at both ends the smaller hold time counts, and 0 never ends", () => {
  const bfd = { intervalMs: 300, multiplier: 3 };
  expect(detectionMs({ bfd, holdSeconds: 180 }, { holdSeconds: 30 })).toBe(30_000);
  expect(detectionMs({ holdSeconds: 0 }, { holdSeconds: 30 })).toBe(Number.POSITIVE_INFINITY);
});
