import { expect, test } from "vitest";
import { prefixOf } from "../base/prefix.ts";
import type { BgpRoute } from "./best-path.ts";
import type { NeighborModel } from "./bgp-model.ts";
import { admit, beyondRoom } from "./prefix-limit.ts";

function limited(beyondMaximum: "tearDown" | "discard", ipv4: number): NeighborModel {
  return { maximumPrefixes: { ipv4 }, beyondMaximum } as unknown as NeighborModel;
}

const routes = (...keys: string[]) =>
  keys.map((key) => ({ key, prefix: prefixOf(key) })) as unknown as BgpRoute[];

const keysOf = (found: readonly BgpRoute[] | undefined) => found?.map(({ key }) => key);

test("up to the limit everything is taken in, and the other family has no limit here", () => {
  const all = routes("10.0.0.0/24", "10.0.1.0/24", "fd00::/64", "fd01::/64", "fd02::/64");
  const admission = admit(limited("tearDown", 2), all, () => new Set());
  expect(admission?.admitted).toBe(all);
  expect(admission?.discarded).toEqual([]);
});

test("one more ends the session, where that is asked for", () => {
  const all = routes("10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24");
  expect(admit(limited("tearDown", 2), all, () => new Set())).toBeUndefined();
});

test("the newest are discarded: what was held stays, then the order of prefixes decides", () => {
  const all = routes("10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24");
  const admission = admit(limited("discard", 2), all, () => new Set(["10.0.3.0/24"]));
  expect(keysOf(admission?.admitted)).toEqual(["10.0.0.0/24", "10.0.3.0/24"]);
  expect(keysOf(admission?.discarded)).toEqual(["10.0.1.0/24", "10.0.2.0/24"]);
});

test("a burst of more than twice the limit ends the session all the same", () => {
  const all = routes("10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24");
  expect(admit(limited("discard", 1), all, () => new Set())).toBeUndefined();
});

test("in a room a prefix counts once wherever it comes from, and the newest have no place", () => {
  const all = routes("10.0.2.0/24", "10.0.1.0/24", "10.0.1.0/24", "10.0.3.0/24", "fd00::/64");
  expect(beyondRoom(4, all, () => new Set())).toEqual(new Set());
  expect(beyondRoom(3, all, () => new Set())).toEqual(new Set(["fd00::/64"]));
  expect(beyondRoom(2, all, () => new Set(["fd00::/64"]))).toEqual(
    new Set(["10.0.2.0/24", "10.0.3.0/24"]),
  );
});
