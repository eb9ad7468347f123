import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nodePaths } from "./places.ts";
import { sparesMin, VrfSlots } from "./vrf-slots.ts";

let paths = nodePaths("t", "n");

beforeEach(() => {
  paths = { ...nodePaths("t", "n"), directory: mkdtempSync(join(tmpdir(), "slots-")) };
});

afterEach(() => rmSync(paths.directory, { recursive: true }));

test("a VRF keeps its namespace over a restart, and takes a spare one first", () => {
  const slots = new VrfSlots(paths);
  const spares = slots.refill();
  expect(spares).toHaveLength(sparesMin);
  expect(slots.hasSpares).toBe(true);
  slots.assign(["default", "blue"]);
  expect(slots.namespaceOf("blue")).toBe(spares[0]);
  expect(slots.namespaceOf("default")).toBe("default");
  const again = new VrfSlots(paths);
  expect(again.vrfOf(again.namespaceOf("blue"))).toBe("blue");
  again.assign(["green"]);
  expect(again.namespaceOf("blue")).toBe("blue");
  expect(again.namespaceOf("green")).not.toBe(spares[0]);
  again.assign(["green", "red", "grey"]);
  expect(again.hasSpares).toBe(false);
});

test("a router's text names the namespace where it named the VRF, and only there", () => {
  const slots = new VrfSlots(paths);
  slots.assign(["blue"]);
  const text =
    "interface wan vrf blue\nroute-map cloud-blue-in permit 10\nrouter bgp 1 vrf blue-2\n";
  const fragment = {
    kind: "vrf" as const,
    key: "k",
    name: "blue",
    interfaces: [],
    routes: [],
    frrText: text,
  };
  const name = slots.namespaceOf("blue");
  expect(slots.translate(fragment)).toMatchObject({
    name,
    frrText: `interface wan vrf ${name}\nroute-map cloud-blue-in permit 10\nrouter bgp 1 vrf blue-2\n`,
  });
});
