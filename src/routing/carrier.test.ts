import { expect, test } from "vitest";
import type { PortPlace } from "../fabric/probe.ts";
import { carrierOf } from "./carrier.ts";
import {
  cablingOf,
  crossConnect,
  ethernetFabric,
  exchangeFabric,
  type SampleFabric,
  stateOf,
  subinterface,
  vrf,
} from "./sample-fabrics.ts";

const blue = { name: "blue", tags: [100, 10] };

function upPorts(sample: SampleFabric, unplugged: readonly string[], ports: readonly string[]) {
  const carrier = carrierOf({ ...stateOf(sample), unplugged: new Set(unplugged) });
  return ports.filter((port) => carrier.isUp(place(port)));
}

function place(text: string): PortPlace {
  const [node = "", port = ""] = text.split(":");
  return { node, port };
}

test("both ends of a pulled cable lose carrier", () => {
  const ports = ["edge0:nni", "switch:nni", "switch:p0", "ce:p0"];
  expect(upPorts(exchangeFabric(blue), ["ce:p0"], ports)).toEqual(["edge0:nni", "switch:nni"]);
});

test("a switch that forwards link loss takes the far router's port down, and brings it back", () => {
  const ports = ["edge0:nni", "ce:p0"];
  expect(upPorts(exchangeFabric(blue, true), ["ce:p0"], ports)).toEqual([]);
  expect(upPorts(exchangeFabric(blue, true), [], ports)).toEqual(ports);
});

test("link loss is forwarded across a tunnel, and the underlay stays", () => {
  const ports = ["edge0:nni", "sw0:ul", "sw1:ul", "ce:p0"];
  expect(upPorts(ethernetFabric(blue, true), ["edge0:nni"], ports)).toEqual(["sw0:ul", "sw1:ul"]);
  expect(upPorts(ethernetFabric(blue, false), ["edge0:nni"], ports)).toEqual(ports.slice(1));
});

test("a trunk stays up as long as one cross-connect on it has its other end", () => {
  const sample = exchangeFabric(blue, true);
  const second = crossConnect(
    "red",
    [
      { kind: "port", port: "nni", outer: 101, exclusive: true },
      { kind: "port", port: "p1", outer: null, exclusive: true },
    ],
    true,
  );
  const shared = {
    cabling: {
      nodes: sample.cabling.nodes,
      links: [...sample.cabling.links, [place("switch:p1"), place("ce:p1")] as const],
    },
    intents: {
      ...sample.intents,
      switch: [...(sample.intents["switch"] ?? []), { ...second, key: "cc/red" }],
    },
  };
  expect(upPorts(shared, ["ce:p0"], ["edge0:nni", "ce:p1"])).toEqual(["edge0:nni", "ce:p1"]);
  expect(upPorts(shared, ["ce:p0", "ce:p1"], ["edge0:nni"])).toEqual([]);
});

test("a trunk that a router uses besides stays up", () => {
  const sample = exchangeFabric(blue, true);
  const router = vrf("default", [subinterface("mgmt", { port: "nni" }, ["192.0.2.1/24"])]);
  const intents = { ...sample.intents, switch: [...(sample.intents["switch"] ?? []), router] };
  expect(upPorts({ ...sample, intents }, ["ce:p0"], ["edge0:nni"])).toEqual(["edge0:nni"]);
});

test("link loss is forwarded through a chain of switches", () => {
  const connect = (one: string, other: string) =>
    crossConnect(
      "blue",
      [
        { kind: "port", port: one, outer: null, exclusive: true },
        { kind: "port", port: other, outer: null, exclusive: true },
      ],
      true,
    );
  const chain = {
    cabling: cablingOf(["edge0:nni s0:a", "s0:b s1:a", "s1:b ce:p0"]),
    intents: { s0: [connect("a", "b")], s1: [connect("a", "b")] },
  };
  const ports = ["edge0:nni", "s0:b", "ce:p0"];
  expect(upPorts(chain, ["ce:p0"], ports)).toEqual([]);
  expect(upPorts(chain, [], ports)).toEqual(ports);
});
