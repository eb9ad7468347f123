import { expect, test } from "vitest";
import { peeringOptionsOf } from "../domain/peering-options.ts";
import type { CircuitView, PrivatePeeringView } from "./circuit-view.ts";
import { customerExport, customerImport } from "./edge-policy.ts";
import { customerSession, edgeSession } from "./peering-neighbor.ts";

const circuit = {
  connections: [
    {
      prefixes: ["10.20.0.0/16", "fd20:20::/48", "10.32.0.0/12"],
      spaces: ["10.20.0.0/16", "fd20:20::/48", "10.33.0.0/16"],
    },
  ],
  joins: [],
} as unknown as CircuitView;

function peering(asked: object): PrivatePeeringView {
  return {
    peerAsn: 65010,
    vlanId: 100,
    families: [
      { family: "ipv4", enabled: true, primary: "192.168.1.0/30", secondary: "192.168.1.4/30" },
    ],
    lastModifiedBy: "Customer",
    maximumPrefixes: { ipv4: 4_000, ipv6: 100 },
    options: peeringOptionsOf(asked, "Standard"),
  };
}

const deniedBy = (asked: object) =>
  customerImport(circuit, peering(asked))[0]?.prefixes?.map(({ prefix, ge = "", le = "" }) =>
    `${prefix} ${ge} ${le}`.trim(),
  );

test("what the cloud and the links have is never taken from a customer, the default route is", () => {
  expect(deniedBy({})).toEqual(
    expect.arrayContaining(["10.20.0.0/16  32", "fd20:20::/48  128", "192.168.1.4/30  32"]),
  );
  expect(deniedBy({})).toEqual(expect.arrayContaining(["10.33.0.0/16  32", "10.32.0.0/12"]));
  expect(deniedBy({})).not.toContain("0.0.0.0/0");
  expect(customerImport(circuit, peering({}))[1]).toEqual({ action: "permit" });
});

test("guards deny the default route, bogons, and what is longer than the longest that is wanted", () => {
  const asked = { defaultRoute: "Refuse", bogons: "Refuse", maximumLength: { ipv4: 24 } };
  expect(deniedBy(asked)).toEqual(
    expect.arrayContaining(["0.0.0.0/0", "::/0", "203.0.113.0/24  32", "0.0.0.0/0 25 32"]),
  );
});

test("lists name what is taken in and what is given out, and an empty one names nothing", () => {
  const importPrefixes = [{ prefix: "10.10.0.0/16", le: 24 }];
  const [, permit] = customerImport(circuit, peering({ importPrefixes }));
  expect(permit).toEqual({ action: "permit", prefixes: importPrefixes });
  const given = (exportPrefixes: object[]) => customerExport(circuit, peering({ exportPrefixes }));
  expect(given([{ prefix: "10.0.0.0/8", le: 16 }])).toEqual([
    { action: "permit", prefixes: [{ prefix: "10.20.0.0/16" }, { prefix: "10.32.0.0/12" }] },
  ]);
  expect(given([{ prefix: "10.0.0.0/8" }])).toEqual([]);
  expect(given([])).toEqual([]);
});

test("both ends of a session are asked for what only both can do", () => {
  const asked = peering({ gtsm: true, role: "ProviderStrict", bfd: { intervalMs: 100 } });
  const both = { bfd: { intervalMs: 100, multiplier: 3 }, ttlSecurityHops: 1 };
  expect(edgeSession(asked)).toMatchObject({ ...both, role: { name: "provider", strict: true } });
  expect(customerSession(asked)).toMatchObject({ ...both, role: { name: "customer" } });
  expect(edgeSession(peering({ bfd: { enabled: false } }))).not.toHaveProperty("bfd");
  expect(edgeSession(peering({}))).toHaveProperty("beyondMaximum", "discard");
  const original = peering({ prefixLimit: { mode: "TearDown" }, privateAsns: "Remove" });
  expect(edgeSession(original)).not.toHaveProperty("beyondMaximum");
  expect(edgeSession(original)).toHaveProperty("removePrivateAs", true);
});
