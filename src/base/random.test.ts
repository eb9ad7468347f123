import { expect, test } from "vitest";
import { systemRandom, uuid } from "./random.ts";

test("no byte of the system is given out twice, and ids are of version 4", () => {
  const ids = Array.from({ length: 2_000 }, () => uuid(systemRandom));
  expect(new Set(ids).size).toBe(2_000);
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  expect(systemRandom.bytes(32)).toHaveLength(32);
  const parts = [systemRandom.bytes(7), systemRandom.bytes(16)].map((each) => [...each].join());
  expect(new Set(parts).size).toBe(2);
});
