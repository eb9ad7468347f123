import { expect, test } from "vitest";
import type { Fragment, Neighbor } from "../../fabric/intent.ts";
import type { SessionObservation } from "../../fabric/report.ts";
import {
  countsOf,
  ENTRIES_MAX,
  entriesOf,
  gatesOf,
  type KeptLimit,
  limitsIn,
  weighed,
} from "./kept-limits.ts";
import { openGate } from "./prefix-gate.ts";

function speaker(name: string, neighbors: readonly Partial<Neighbor>[]): Fragment {
  const bgp = { asn: 65515, routerId: "10.0.0.1", networks: [], maximumPaths: 1, neighbors };
  return { kind: "vrf", key: name, name, interfaces: [], routes: [], bgp } as unknown as Fragment;
}

const room = { name: "gateway/1", prefixes: 3 };
const both = ["ipv4", "ipv6"] as const;
const instances = [
  speaker("g1-0", [{ address: "169.254.0.2", families: both, room }]),
  speaker("g1-1", [{ address: "169.254.0.6", families: both, room }]),
];

function only(limits: readonly KeptLimit[]): KeptLimit {
  const [limit] = limits;
  if (limit === undefined || limits.length > 1) throw new Error("there is one limit");
  return limit;
}

test("a session's limit is of one family; a room has all families of all its neighbors", () => {
  expect(only(limitsIn(instances))).toMatchObject({
    limit: 3,
    room: "gateway/1",
    members: [
      { vrf: "g1-0", family: "ipv4" },
      { vrf: "g1-0", family: "ipv6" },
      { vrf: "g1-1", family: "ipv4" },
      { vrf: "g1-1", family: "ipv6" },
    ],
  });
  const maximumPrefixes = { ipv4: 5, ipv6: 6 };
  const own = { address: "10.0.0.2", families: both, maximumPrefixes };
  expect(limitsIn([speaker("c", [{ ...own, beyondMaximum: "discard" }])])).toMatchObject([
    { key: "c 10.0.0.2 ipv4", limit: 5 },
    { key: "c 10.0.0.2 ipv6", limit: 6 },
  ]);
  expect(limitsIn([speaker("c", [own])])).toEqual([]);
});

test("what a room refuses is refused at all its neighbors, each family in its own list", () => {
  const limit = only(limitsIn(instances));
  const received = ["10.0.1.0/24", "10.0.2.0/24", "10.0.3.0/24", "fd00:1::/64", "fd00:2::/64"];
  const held = weighed(limit, { held: undefined, received, counts: "" });
  expect(held).toMatchObject({
    received: 5,
    limit: 3,
    gate: { refused: ["fd00:1::/64", "fd00:2::/64"] },
  });
  const gates = gatesOf([limit], new Map([[limit.key, held]]));
  expect(gates).toEqual(
    new Map([
      ["g1-0 169.254.0.2 ipv6", [{ prefix: "fd00::/30", le: 128 }]],
      ["g1-1 169.254.0.6 ipv6", [{ prefix: "fd00::/30", le: 128 }]],
    ]),
  );
});

test("where the newest are too scattered for a list, a room goes by the prefixes' own order and ends nothing", () => {
  const limit: KeptLimit = { ...only(limitsIn(instances)), limit: 600 };
  const all = Array.from({ length: 1_200 }, (_, at) => `10.${at >> 8}.${at & 255}.0/24`);
  const older = { gate: { ...openGate, admitted: all.filter((_, at) => at % 2 === 0) } };
  const held = { ...older, limit: 600, counts: "", received: 600, isOverrun: false };
  const next = weighed(limit, { held, received: all, counts: "" });
  expect(next.isOverrun).toBe(false);
  expect(next.gate.admitted).toEqual(all.slice(0, 600));
  expect(entriesOf(next.gate).length).toBeLessThan(ENTRIES_MAX);
  const { room: _, ...own } = limit;
  expect(weighed(own, { held, received: all, counts: "" })).toMatchObject({
    isOverrun: true,
    gate: openGate,
  });
});

test("counts are of established sessions, and there are none where none is", () => {
  const members = only(limitsIn(instances)).members;
  const session = (vrf: string, address: string, state: "Established" | "Idle") =>
    [`${vrf} ${address}`, { state, prefixesReceived: { ipv4: 4 } }] as const;
  const counts = (...sessions: ReturnType<typeof session>[]) =>
    countsOf(members, new Map(sessions) as unknown as Map<string, SessionObservation>);
  expect(counts(session("g1-1", "169.254.0.6", "Idle"))).toBeUndefined();
  expect(counts(session("g1-0", "169.254.0.2", "Established"))).toBe("4,0,-,-");
});
