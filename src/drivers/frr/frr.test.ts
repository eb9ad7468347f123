import { expect, test } from "vitest";
import type { Edit } from "./diff.ts";
import { newNeighbors } from "./frr.ts";

const line = (text: string): Edit => ({
  daemon: "bgpd",
  fragment: "f",
  path: ["router bgp 65001"],
  line: text,
});

test("new sessions are those that are activated, and each calls unless it is passive", () => {
  const edits = [
    line("neighbor 10.0.0.1 remote-as 65001"),
    line("neighbor 10.0.0.1 passive"),
    line("neighbor 10.0.0.1 activate"),
    line("neighbor fd00::2 activate"),
    line("neighbor 10.0.0.9 password x"),
    line("no neighbor 10.0.0.5 activate"),
  ];
  expect(newNeighbors(edits)).toEqual([
    { address: "10.0.0.1", passive: true },
    { address: "fd00::2", passive: false },
  ]);
});
