import { expect, test } from "vitest";
import type { Fragment } from "../fabric/intent.ts";
import { cablingOf, crossConnect, stateOf, subinterface, vrf } from "./sample-fabrics.ts";
import { gatewayFabric } from "./sample-gateway.ts";
import { reachFromPort, reachOf, wiringOf } from "./wiring.ts";

const segment = (...ports: readonly string[]): Fragment => ({
  kind: "segment",
  key: "segment/lan",
  name: "lan",
  ports,
  mtu: 1500,
});
const host = (address: string) => [
  vrf("default", [subinterface("eth0", { port: "p" }, [address])]),
];

function reachOfHost(sample: Parameters<typeof stateOf>[0], node: string) {
  const wiring = wiringOf(stateOf(sample));
  const model = wiring.state.nodes.get(node)?.vrfs.get("default");
  const own = model?.interfaces.get("eth0");
  if (model === undefined || own === undefined) throw new Error(`no host ${node}`);
  return reachOf(wiring, { node, vrf: model, interface: own });
}

test("a segment brings a frame to all its other ports", () => {
  const reach = reachOfHost(
    {
      cabling: cablingOf(["a:p s:1", "b:p s:2", "c:p s:3"]),
      intents: {
        a: host("10.0.0.1/24"),
        b: host("10.0.0.2/24"),
        c: host("10.0.0.3/24"),
        s: [segment("1", "2", "3")],
      },
    },
    "a",
  );
  expect(reach.arrivals.map(({ at }) => at.node)).toEqual(["b", "c"]);
  expect(reach.losses).toEqual([]);
});

test("segments cabled in a circle end in a loop and not in a walk without end", () => {
  const { losses } = reachOfHost(
    {
      cabling: cablingOf(["a:p s:1", "s:2 t:2", "s:3 t:3"]),
      intents: { a: host("10.0.0.1/24"), s: [segment("1", "2", "3")], t: [segment("2", "3")] },
    },
    "a",
  );
  expect(losses.map(({ disposition }) => disposition)).toEqual(["loop", "loop"]);
  expect(Math.max(...losses.map(({ wires }) => wires.length))).toBeLessThan(5);
});

test("an exact combination of tags goes before the outer tag, and that before the whole port", () => {
  const port = (name: string, outer: number | null) =>
    ({ kind: "port", port: name, outer, exclusive: true }) as const;
  const wiring = wiringOf(
    stateOf({
      cabling: cablingOf(["s:in a:p", "s:o1 b:p", "s:o2 c:p"]),
      intents: {
        s: [
          vrf("exact", [subinterface("x", { port: "in", tags: [100, 10] }, ["10.0.0.9/24"])]),
          crossConnect("outer", [port("in", 100), port("o1", null)]),
          crossConnect("whole", [port("in", null), port("o2", null)]),
        ],
        b: [vrf("b", [subinterface("x", { port: "p", tags: [11] }, ["10.0.0.1/24"])])],
        c: [vrf("c", [subinterface("x", { port: "p", tags: [101, 11] }, ["10.0.0.1/24"])])],
      },
    }),
  );
  const arrives = (...tags: readonly number[]) =>
    reachFromPort(wiring, { node: "s", port: "in" }, tags).arrivals.map(({ at }) => at.vrf.name);
  expect([arrives(100, 10), arrives(100, 11), arrives(101, 11), arrives(101, 12)]).toEqual([
    ["exact"],
    ["b"],
    ["c"],
    [],
  ]);
});

test("a leg on a segment hears the other legs and not itself", () => {
  const wiring = wiringOf(stateOf(gatewayFabric()));
  const model = wiring.state.nodes.get("gw")?.vrfs.get("vm");
  const own = model?.interfaces.get("eth0");
  if (model === undefined || own === undefined) throw new Error("the sample has a virtual machine");
  const { arrivals } = reachOf(wiring, { node: "gw", vrf: model, interface: own });
  expect(arrivals.map(({ at }) => at.vrf.name)).toEqual(["gw0", "gw1"]);
});
