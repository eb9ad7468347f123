import { expect, test } from "vitest";
import { batchesOf } from "./batches.ts";
import type { Edit } from "./diff.ts";

const edit = (line: string, ...path: string[]): Edit => ({
  ...{ fragment: "f", daemon: "bgpd", path, line },
});
const router = "router bgp 12076 vrf c";
const family = "address-family ipv4 unicast";
const map = [
  edit("ip prefix-list in.10 seq 5 permit any"),
  edit("match ip address prefix-list in.10", "route-map in permit 10"),
];
const named = edit("neighbor 10.0.0.1 route-map in in", router, family);
const gone = edit("no route-map old permit 10");

test("a standing session names a map only when that has been taken over", () => {
  expect(batchesOf([...map, named, gone])).toEqual([map, [named, gone]]);
});

test("a session that begins, and lines that name nothing, are one portion", () => {
  const fresh = [...map, edit("neighbor 10.0.0.1 remote-as 65001", router), named];
  expect(batchesOf(fresh)).toEqual([fresh]);
  expect(batchesOf(map)).toEqual([map]);
  expect(batchesOf([gone])).toEqual([[gone]]);
});
