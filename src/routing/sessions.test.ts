import { expect, test } from "vitest";
import type { Neighbor } from "../fabric/intent.ts";
import { convergeFabric } from "./convergence.ts";
import { cablingOf, session, speaker, stateOf, subinterface, vrf } from "./sample-fabrics.ts";

type Change = Partial<Neighbor>;

function pair(
  edge: Change,
  customer: Change = {},
  { address = "192.168.0.1/30", tags = [10] } = {},
) {
  const sample = {
    cabling: cablingOf(["edge:nni ce:p0"]),
    intents: {
      edge: [
        vrf("blue", [subinterface("wan", { port: "nni", tags: [10] }, ["192.168.0.2/30"])], {
          bgp: speaker(12076, [], [session("192.168.0.1", 65010, edge)]),
        }),
      ],
      ce: [
        vrf("default", [subinterface("wan", { port: "p0", tags }, [address])], {
          bgp: speaker(65010, [], [session("192.168.0.2", 12076, customer)]),
        }),
      ],
    },
  };
  const { ends, memory } = convergeFabric(stateOf(sample), { nowMs: 0 });
  const [at, there] = ["edge/blue/192.168.0.1", "ce/default/192.168.0.2"];
  expect(memory.get(at)?.up).toBe(memory.get(there)?.up);
  return memory.get(at)?.up ? "up" : [ends.get(at)?.obstacle, ends.get(there)?.obstacle];
}

test("a session stands where both ends agree", () => {
  expect(pair({})).toBe("up");
  expect(pair({ password: "same" }, { password: "same" })).toBe("up");
  expect(pair({ ttlSecurityHops: 1 }, { ttlSecurityHops: 1 })).toBe("up");
  expect(
    pair(
      { role: { name: "provider", strict: true } },
      { role: { name: "customer", strict: false } },
    ),
  ).toBe("up");
  expect(pair({ role: { name: "provider", strict: false } })).toBe("up");
  expect(pair({ families: ["ipv4"] }, { families: ["ipv6", "ipv4"] })).toBe("up");
});

test.each<[string, Parameters<typeof pair>, unknown]>([
  ["another AS number", [{ remoteAsn: 65011 }], ["wrongAsn", "wrongAsn"]],
  [
    "another password",
    [{ password: "a" }, { password: "b" }],
    ["passwordsDiffer", "passwordsDiffer"],
  ],
  ["a password at one end", [{ password: "a" }], ["passwordsDiffer", "passwordsDiffer"]],
  ["an end that is disabled", [{ enabled: false }], ["disabled", "disabledAtNeighbor"]],
  [
    "no family in common",
    [{ families: ["ipv4"] }, { families: ["ipv6"] }],
    ["noCommonFamily", "noCommonFamily"],
  ],
  [
    "one end alone that listens to the next hop alone",
    [{ ttlSecurityHops: 1 }],
    ["ttlsDiffer", "ttlsDiffer"],
  ],
  [
    "two providers",
    [{ role: { name: "provider", strict: false } }, { role: { name: "provider", strict: false } }],
    ["rolesDiffer", "rolesDiffer"],
  ],
  [
    "a strict end that hears of no role",
    [{ role: { name: "provider", strict: true } }],
    ["rolesDiffer", "rolesDiffer"],
  ],
  ["another C-tag", [{}, {}, { tags: [11] }], ["neighborUnresolved", "neighborUnresolved"]],
  [
    "another subnet",
    [{}, {}, { address: "192.168.9.1/30" }],
    ["neighborUnresolved", "noSharedSubnet"],
  ],
])("%s keeps it down", (_, [edge, customer, place], obstacles) => {
  expect(pair(edge, customer, place)).toEqual(obstacles);
});
