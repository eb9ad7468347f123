import { expect, test } from "vitest";
import { convergeFabric, fibOf } from "./convergence.ts";
import {
  directFabric,
  edgeVrf,
  exchangeFabric,
  session,
  speaker,
  stateOf,
} from "./sample-fabrics.ts";

const blue = { name: "blue", tags: [100, 10] };
const red = { name: "red", tags: [101, 10] };

test("a change to one circuit leaves the result of another the same object", () => {
  const sample = directFabric([blue, red]);
  const first = convergeFabric(stateOf(sample), { nowMs: 0 });
  const [blueVrf, redVrf] = sample.intents["edge0"] ?? [];
  if (blueVrf?.kind !== "vrf" || redVrf === undefined) throw new Error("the sample has two VRFs");
  const changed = { ...blueVrf, bgp: speaker(12076, [], [session("192.168.0.1", 65010)]) };
  const intents = { ...sample.intents, edge0: [changed, redVrf] };
  const next = convergeFabric(stateOf({ ...sample, intents }), { nowMs: 0, previous: first });
  expect(next.groups.get("edge0/red")).toBe(first.groups.get("edge0/red"));
  expect(next.groups.get("edge0/blue")).not.toBe(first.groups.get("edge0/blue"));
  expect(fibOf(next, { node: "ce", vrf: "blue" })?.entries.size).toBe(4);
});

test("one state reached twice is one result", () => {
  const state = stateOf(directFabric([blue, red]));
  const once = convergeFabric(state, { nowMs: 0 });
  const twice = convergeFabric(state, { nowMs: 0, previous: once });
  expect(twice.memory).toEqual(once.memory);
  expect([...twice.groups.values()]).toEqual([...once.groups.values()]);
});

test("an end that hears nothing keeps its routes until its timer ends, and not longer", () => {
  const state = stateOf(exchangeFabric(blue));
  const up = convergeFabric(state, { nowMs: 0 });
  const cut = { ...state, unplugged: new Set(["ce:p0"]) };
  const routesAt = (fabric: typeof up) =>
    [...(fibOf(fabric, { node: "edge0", vrf: "blue" })?.entries.values() ?? [])].filter(
      ({ protocol }) => protocol === "bgp",
    ).length;
  const failing = convergeFabric(cut, { nowMs: 100, previous: up });
  expect([routesAt(failing), failing.nextChangeMs]).toEqual([1, 1000]);
  const lost = convergeFabric(cut, { nowMs: 1000, previous: failing });
  expect([routesAt(lost), lost.nextChangeMs]).toEqual([0, Number.POSITIVE_INFINITY]);
});

test("a neighbour that is shut down while it can be heard is lost at once", () => {
  const sample = directFabric([blue]);
  const up = convergeFabric(stateOf(sample), { nowMs: 0 });
  const vrf = edgeVrf(blue);
  const down = {
    ...vrf,
    bgp: speaker(12076, [], [session("192.168.0.1", 65010, { enabled: false })]),
  };
  const intents = { ...sample.intents, edge0: [down] };
  const next = convergeFabric(stateOf({ ...sample, intents }), { nowMs: 1, previous: up });
  expect(next.memory.get("ce/blue/192.168.0.2")).toMatchObject({
    up: false,
    lastReset: "The neighbour's end is administratively down.",
  });
});
