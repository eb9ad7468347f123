import { expect, test } from "vitest";
import type { Edit } from "./diff.ts";
import { callersOf } from "./frr.ts";

const activate = (address: string): Edit => ({
  daemon: "bgpd",
  fragment: "f",
  path: ["router bgp 65001", "address-family ipv4 unicast"],
  line: `neighbor ${address} activate`,
});

test("of two addresses of a link the odd one calls and the even one waits", () => {
  expect(callersOf([activate("10.0.0.2"), activate("fd00::1:b")])).toEqual(["at once", "late"]);
  expect(callersOf([activate("192.168.1.129"), activate("fd00::c")])).toEqual(["late", "at once"]);
});

test("only a new session is called", () => {
  const other = { ...activate("10.0.0.2"), line: "neighbor 10.0.0.2 password x" };
  const gone = { ...activate("10.0.0.2"), line: "no neighbor 10.0.0.2 activate" };
  expect(callersOf([other, gone])).toEqual([]);
});
