import { expect, test } from "vitest";
import type { Neighbor, RoutePolicy, VrfFragment } from "../fabric/intent.ts";
import { type ConvergedFabric, convergeFabric } from "./convergence.ts";
import {
  cablingOf,
  everything,
  loopback,
  session,
  speaker,
  stateOf,
  subinterface,
  vrf,
} from "./sample-fabrics.ts";
import { gatewayFabric } from "./sample-gateway.ts";

/** Routers 0..3 in AS 65000..65003, fully meshed; between i < j the network 10.0.(10·i + j).0/24. */
function mesh(options: {
  networks?: Readonly<Record<number, readonly string[]>>;
  session?: (router: number, other: number) => Partial<Neighbor>;
  asn?: (router: number) => number;
}): ConvergedFabric {
  const { networks = {}, asn = (router: number) => 65000 + router } = options;
  const routers = [0, 1, 2, 3];
  const links = routers.flatMap((one) =>
    routers.filter((other) => other > one).map((other) => `r${one}:p${other} r${other}:p${one}`),
  );
  const network = (one: number, other: number) =>
    `10.0.${10 * Math.min(one, other) + Math.max(one, other)}`;
  const intents = routers.map((router): readonly VrfFragment[] => {
    const others = routers.filter((other) => other !== router);
    const neighbors = others.map((other) =>
      session(
        `${network(router, other)}.${other + 1}`,
        asn(other),
        options.session?.(router, other),
      ),
    );
    const ports = others.map((other) =>
      subinterface(`p${other}`, { port: `p${other}` }, [
        `${network(router, other)}.${router + 1}/24`,
      ]),
    );
    const bgp = {
      ...speaker(asn(router), networks[router] ?? [], neighbors),
      routerId: `1.1.1.${router + 1}`,
    };
    return [vrf("default", [...ports, loopback(`10.9.${router}.1/24`)], { bgp })];
  });
  const sample = {
    cabling: cablingOf(links),
    intents: Object.fromEntries(intents.map((fragments, router) => [`r${router}`, fragments])),
  };
  return convergeFabric(stateOf(sample), { nowMs: 0 });
}

function pathAt(fabric: ConvergedFabric, router: number, prefix: string) {
  const key = `r${router}/default`;
  return fabric.groups.get(key)?.selections.get(key)?.get(prefix)?.best.path;
}

test("the shortest path wins, and a longer one takes over where that is denied", () => {
  const direct = mesh({ networks: { 0: ["10.50.0.0/16"] } });
  expect(pathAt(direct, 3, "10.50.0.0/16")).toEqual([65000]);
  const denied = mesh({
    networks: { 0: ["10.50.0.0/16"] },
    session: (router, other) => (router === 0 && other === 3 ? { exportPolicy: [] } : {}),
  });
  expect(pathAt(denied, 3, "10.50.0.0/16")).toEqual([65001, 65000]);
});

test("prepending makes a path longer, and weight outranks length", () => {
  const prepended = mesh({
    networks: { 0: ["10.50.0.0/16"] },
    session: (router, other) =>
      router === 0 && other === 3
        ? { exportPolicy: [{ action: "permit", prepend: [65000, 65000] }] }
        : {},
  });
  expect(pathAt(prepended, 3, "10.50.0.0/16")).toEqual([65001, 65000]);
  const weighted = mesh({
    networks: { 0: ["10.50.0.0/16"] },
    session: (router, other) =>
      router === 3 && other === 2 ? { importPolicy: [{ action: "permit", setWeight: 100 }] } : {},
  });
  expect(pathAt(weighted, 3, "10.50.0.0/16")).toEqual([65002, 65000]);
});

test("iBGP passes on what came from outside, once, without its own AS in the path", () => {
  const asn = (router: number) => (router === 0 ? 65000 : 65100);
  const only = (allowed: string) => (router: number, other: number) =>
    allowed.includes(`${Math.min(router, other)}${Math.max(router, other)}`)
      ? {}
      : { enabled: false };
  const line = mesh({ networks: { 0: ["10.50.0.0/16"] }, asn, session: only("01 12 23") });
  expect(pathAt(line, 1, "10.50.0.0/16")).toEqual([65000]);
  expect(pathAt(line, 3, "10.50.0.0/16")).toBeUndefined();
});

test("a neighbor of the same AS is told that the route leads through the one that tells it", () => {
  const asn = (router: number) => (router === 0 ? 65000 : 65100);
  const session = (router: number, other: number) =>
    [router, other].sort().join("") === "03" ? { enabled: false } : {};
  const fabric = mesh({ networks: { 0: ["10.50.0.0/16"] }, asn, session });
  const key = "r3/default";
  const best = fabric.groups.get(key)?.selections.get(key)?.get("10.50.0.0/16")?.best;
  expect(["10.0.13.2", "10.0.23.3"]).toContain(best?.nextHop);
});

test("a session over its prefix limit is closed at both ends and nothing of it is left", () => {
  const fabric = mesh({
    networks: { 0: ["10.50.0.0/16", "10.51.0.0/16"] },
    session: (router, other) =>
      router === 3 && other === 0 ? { maximumPrefixes: { ipv4: 1, ipv6: 1 } } : {},
  });
  const group = fabric.groups.get("r3/default");
  expect([...(group?.overLimit ?? [])].every((key) => key.startsWith("r3/"))).toBe(true);
  expect(group?.overLimit.size).toBe(1);
  expect(group?.closedByPeer.size).toBe(1);
  expect(pathAt(fabric, 3, "10.50.0.0/16")).toEqual([65001, 65000]);
});

test("what the import policy denies does not count towards the limit", () => {
  const fabric = mesh({
    networks: { 0: ["10.50.0.0/16", "10.51.0.0/16"] },
    session: (router, other) =>
      router === 3 && other === 0
        ? {
            maximumPrefixes: { ipv4: 1, ipv6: 1 },
            importPolicy: [{ action: "permit", prefixes: [{ prefix: "10.50.0.0/16" }] }],
          }
        : {},
  });
  expect(fabric.groups.get("r3/default")?.overLimit.size).toBe(0);
  expect(pathAt(fabric, 3, "10.50.0.0/16")).toEqual([65000]);
});

test("three routers that each prefer the way round through the next have no stable solution", () => {
  // The "bad gadget" of Griffin and Wilfong, told in weights.
  const next = (router: number) => (router % 3) + 1;
  const direct: RoutePolicy = everything;
  const preferred: RoutePolicy = [{ action: "permit", setWeight: 100 }];
  const gadget = mesh({
    networks: { 0: ["10.50.0.0/16"] },
    session: (router, other) => {
      if (router === 0) return {};
      if (other === 0) return { importPolicy: direct };
      return { importPolicy: other === next(router) ? preferred : [] };
    },
  });
  expect(gadget.unstable).not.toEqual([]);
  const tame = mesh({ networks: { 0: ["10.50.0.0/16"] } });
  expect(tame.unstable).toEqual([]);
});

test("a speaker hears nothing whose path it is in, and nothing of iBGP at third hand", () => {
  const { groups } = convergeFabric(stateOf(gatewayFabric()), { nowMs: 0 });
  const heard = groups.get("gw/gw1")?.received.get("gw/gw1/10.255.1.1");
  expect(heard?.map(({ key }) => key)).toEqual(["10.1.0.0/24"]);

  const line = mesh({
    networks: { 1: ["10.50.0.0/16"] },
    asn: () => 65100,
    session: (router, other) => (Math.abs(router - other) === 1 ? {} : { enabled: false }),
  });
  expect(pathAt(line, 2, "10.50.0.0/16")).toEqual([]);
  expect(line.groups.get("r3/default")?.received.get("r3/default/10.0.23.3")).toEqual([]);
});
