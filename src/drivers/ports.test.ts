import { expect, test } from "vitest";
import { VirtualClock } from "../base/virtual-clock.ts";
import { nodePaths } from "./places.ts";
import { PortReader, parseModule } from "./ports.ts";

const line = (name: string, value: string) => `\t${name.padEnd(42)}: ${value}`;

test("a module of one lane tells of what it sends and receives", () => {
  const text = [
    line("Laser bias current", "35.200 mA"),
    line("Laser output power", "0.5816 mW / -2.35 dBm"),
    line("Receiver signal average optical power", "0.4009 mW / -3.97 dBm"),
    line("Laser output power high alarm threshold", "1.4125 mW / 1.50 dBm"),
  ].join("\n");
  expect(parseModule(text)).toEqual({ lanes: [{ lane: 1, txDbm: -2.35, rxDbm: -3.97 }] });
});

test("each lane of a module of several is told of, and darkness is the least that is measured", () => {
  const text = [
    line("Transmit avg optical power (Channel 1)", "0.7633 mW / -1.17 dBm"),
    line("Transmit avg optical power (Channel 2)", "0.0000 mW / -inf dBm"),
    line("Rcvr signal avg optical power(Channel 1)", "0.9240 mW / -0.34 dBm"),
    line("Rcvr signal avg optical power(Channel 2)", "0.0001 mW / -40.00 dBm"),
  ].join("\n");
  expect(parseModule(text)).toEqual({
    lanes: [
      { lane: 1, txDbm: -1.17, rxDbm: -0.34 },
      { lane: 2, txDbm: -40, rxDbm: -40 },
    ],
  });
});

test("a copper module has no light, and that is said", () => {
  expect(parseModule(line("Identifier", "0x03 (SFP)"))).toEqual({
    absent: "the module tells of no optical power",
  });
});

test("a virtual end has no optics, and nothing is asked of it", async () => {
  const reader = new PortReader(nodePaths("none", "edge"), new VirtualClock());
  const link = { name: "direct1", ifindex: 2, kind: "veth", mac: "", mtu: 1500, addresses: [] };
  const tags = { cells: new Map(), devices: new Map() } as never;
  const [port] = await reader.observe(
    [{ ...link, up: true, carrier: true }],
    tags,
    AbortSignal.timeout(1_000),
  );
  expect(port).toMatchObject({
    ...{ port: "direct1", up: true },
    light: { absent: "direct1 is a veth device: it has no optics" },
  });
});
