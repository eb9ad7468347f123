import { expect, test } from "vitest";
import type { CrossConnectFragment, VrfFragment } from "../../fabric/intent.ts";
import { intendedTags } from "./entries.ts";
import { afterChanges, diffTags, type TagsState } from "./tags.ts";

const circuit = (tags: readonly number[]): VrfFragment => ({
  kind: "vrf",
  key: "circuit/blue",
  name: "blue",
  interfaces: [
    {
      kind: "subinterface",
      name: "wan",
      port: "p1",
      tags,
      mac: "02:00:00:00:00:01",
      addresses: [],
      mtu: 1500,
      ...(tags.length > 0 ? { meter: "blue", policeMbps: 50 } : {}),
    },
  ],
  routes: [],
});
const nothing: TagsState = { loaded: false, cells: new Map(), attached: new Set() };
const ifindexOf = (device: string) => ({ p1: 2, p2: 3 })[device];

function stateOf(intended: ReturnType<typeof intendedTags>): TagsState {
  const cells = [...intended.cells].map(
    ([map, all]) =>
      [map, new Map([...all].map(([key, { value }]) => [key, value ?? "00"]))] as const,
  );
  return {
    loaded: true,
    cells: new Map(cells),
    attached: new Set(["p1 port_ingress", "p1 port_egress"]),
  };
}

test("a QinQ hand-off is one entry, one exit, a meter each way, and the program on its port", () => {
  const intended = intendedTags([circuit([100, 1])], ifindexOf);
  expect([...(intended.cells.get("entries")?.keys() ?? [])]).toEqual(["0200000064000100"]);
  expect([...(intended.cells.get("exits")?.keys() ?? [])]).toEqual(["020000000200000000010000"]);
  expect(intended.cells.get("meters")?.size).toBe(2);
  const changes = diffTags(nothing, intended).map(({ kind }) => kind);
  expect(changes.slice(0, 3)).toEqual(["load", "attach", "attach"]);
});

test("a port where tags do not matter needs no program", () => {
  expect(diffTags(nothing, intendedTags([circuit([])], ifindexOf))).toEqual([]);
});

test("what agrees is not written again, and counters are never written over", () => {
  const intended = intendedTags([circuit([100, 1])], ifindexOf);
  expect(diffTags(stateOf(intended), intended)).toEqual([]);
});

test("a circuit that goes loses its entry before its meter", () => {
  const state = stateOf(intendedTags([circuit([100, 1])], ifindexOf));
  const changes = diffTags(state, intendedTags([], ifindexOf));
  const maps = changes.flatMap((change) => ("map" in change ? [change.map] : []));
  expect(maps.indexOf("entries")).toBeLessThan(maps.indexOf("meters"));
  expect(changes.at(-1)?.kind).toBe("detach");
});

test("a leg on a segment is a station of that segment alone, behind its own port", () => {
  const leg = (name: string, segment: string): VrfFragment => ({
    ...{ kind: "vrf", key: name, name, routes: [] },
    interfaces: [
      {
        ...{ kind: "segment", name: "eth0", segment, mac: "02:00:00:00:00:09" },
        ...{ addresses: [], mtu: 1500 },
      },
    ],
  });
  const devices = new Map<string, number>();
  const number = (device: string) => {
    if (!device.startsWith("vs-")) return undefined;
    devices.set(device, devices.get(device) ?? devices.size + 1);
    return devices.get(device);
  };
  const intended = intendedTags([leg("one", "red"), leg("two", "blue")], number);
  const stations = [...(intended.cells.get("stations")?.values() ?? [])];
  expect(new Set(stations.map(({ key }) => key.slice(0, 8))).size).toBe(2);
  expect(stations.map(({ value }) => value)).toEqual(["01000000", "02000000"]);
  expect(intended.cells.get("segments")?.size).toBe(2);
  expect([...intended.devices.values()].map(({ programs }) => programs)).toEqual([
    ["segment_ingress"],
    ["segment_ingress"],
  ]);
  expect(intended.awaitsDevices).toBe(false);
  const early = intendedTags([leg("one", "red")], () => undefined);
  expect([early.devices.size, early.awaitsDevices]).toEqual([0, true]);
});

test("a cross-connect needs both of its devices", () => {
  const cross: CrossConnectFragment = {
    kind: "crossConnect",
    key: "x",
    meter: "x",
    ends: [
      { kind: "port", port: "p1", outer: 30, exclusive: true },
      { kind: "port", port: "p2", outer: null, exclusive: true },
    ],
    lossForwarding: false,
  };
  const entries = (index: typeof ifindexOf) => intendedTags([cross], index).cells.get("entries");
  expect([...(entries(ifindexOf)?.keys() ?? [])]).toEqual(["020000001e00ffff", "03000000ffffffff"]);
  expect(entries((device) => (device === "p1" ? 2 : undefined))?.size).toBe(0);
});

test("what was seen and what was done since is what would be seen", () => {
  const one = intendedTags([circuit([100, 1])], ifindexOf);
  const both = intendedTags(
    [circuit([100, 1]), { ...circuit([100, 2]), key: "vrf/other" }],
    ifindexOf,
  );
  const state = stateOf(one);
  const grown = afterChanges(state, diffTags(state, both));
  expect(diffTags(grown, both)).toEqual([]);
  expect(diffTags(afterChanges(grown, diffTags(grown, one)), one)).toEqual([]);
  expect(diffTags(afterChanges(nothing, diffTags(nothing, one)), one)).toEqual([]);
  expect(diffTags(state, one)).toEqual([]);
});
