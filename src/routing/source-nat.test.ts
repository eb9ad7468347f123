import { expect, test } from "vitest";
import type { Flow } from "./fib.ts";
import { vrfModel } from "./node-model.ts";
import { answered, translatedBefore, translationOf } from "./source-nat.ts";

const vrf = vrfModel({
  ...{ kind: "vrf", key: "site", name: "default", routes: [] },
  interfaces: [{ kind: "loopback", name: "lo", addresses: ["10.0.0.1/32"], mtu: 1500 }],
  nat: [{ interface: "m1", addresses: ["198.18.16.1"], except: ["198.18.16.0/24"] }],
});
const flow = (source: string): Flow => ({
  ...{ source, destination: "198.19.2.1", protocol: "udp", sourcePort: 1, destinationPort: 2 },
});
const leaving = (source: string, name = "m1") =>
  translationOf(vrf, { node: "ce", interface: name }, flow(source))?.outside;

test("what leaves by the link is translated, but for what is public, the router's own and the other family", () => {
  expect(leaving("10.10.1.10")).toBe("198.18.16.1");
  expect(leaving("10.10.1.10", "p1")).toBeUndefined();
  expect(leaving("198.18.16.7")).toBeUndefined();
  expect(leaving("10.0.0.1")).toBeUndefined();
  expect(leaving("fd00::1")).toBeUndefined();
});

test("an answer comes back to where its question came from, at that router alone", () => {
  const made = translationOf(vrf, { node: "ce", interface: "m1" }, flow("10.10.1.10"));
  const answer = { ...flow("198.19.2.1"), destination: "198.18.16.1" };
  const translations = made === undefined ? [] : [made];
  expect(answered(answer, { node: "ce", vrf }, translations).destination).toBe("10.10.1.10");
  expect(answered(answer, { node: "edge", vrf }, translations)).toBe(answer);
  expect(answered(answer, { node: "ce", vrf }, [])).toBe(answer);
});

test("a flow keeps the address that it was given first, at that router alone", () => {
  const made = translationOf(vrf, { node: "ce", interface: "m1" }, flow("10.10.1.10"));
  const remembered = made === undefined ? [] : [made];
  const later = (node: string, source: string) =>
    translatedBefore(flow(source), { node, vrf }, remembered)?.outside;
  expect(later("ce", "10.10.1.10")).toBe("198.18.16.1");
  expect(later("ce", "10.10.1.11")).toBeUndefined();
  expect(later("edge", "10.10.1.10")).toBeUndefined();
});
