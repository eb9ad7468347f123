import { expect, test } from "vitest";
import { attribute, attributesOf, dumpRequest, errnoOf, messagesOf } from "./messages.ts";
import { lightsOf, namespaceOf } from "./namespace.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const STATIC = 4;

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function link(index: number, name: string, more: { flags?: number; attributes?: Buffer[] } = {}) {
  const header = Buffer.alloc(16);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(more.flags ?? 0x10041, 8);
  return Buffer.concat([
    header,
    ...[attribute(3, Buffer.from(`${name}\0`)), attribute(4, number(1500))],
    ...(more.attributes ?? []),
  ]);
}

function address(index: number, scope: number, bytes: number[], length: number): Buffer {
  const header = Buffer.alloc(8);
  header[0] = bytes.length === 4 ? AF_INET : AF_INET6;
  header[1] = length;
  header[3] = scope;
  header.writeUInt32LE(index, 4);
  return Buffer.concat([header, attribute(1, Buffer.from(bytes))]);
}

function route(family: number, length: number, attributes: Buffer[], type = 1): Buffer {
  const header = Buffer.from([family, length, 0, 0, 254, STATIC, 0, type, 0, 0, 0, 0]);
  return Buffer.concat([header, attribute(15, number(254)), ...attributes]);
}

const answers = (over: Partial<Record<"links" | "addresses" | "routes" | "neighbors", Buffer[]>>) =>
  namespaceOf([
    ...[over.links ?? [], over.addresses ?? []],
    ...[over.routes ?? [], [], [], []],
    over.neighbors ?? [],
  ]);
const link0 = link(7, "wan");
const linkLocal = [0xfe, 0x80, ...Array.from({ length: 13 }, () => 0), 1];

test("addresses that come with an interface are nobody's", () => {
  const addresses = [
    address(7, 0, [192, 168, 1, 1], 30),
    address(7, 253, linkLocal, 64),
    address(1, 254, [127, 0, 0, 1], 8),
  ];
  const { links } = answers({ links: [link(1, "lo"), link0], addresses });
  expect(links.get("wan")?.addresses).toEqual(["192.168.1.1/30"]);
  expect(links.get("lo")).toMatchObject({ kind: "loopback", addresses: [] });
});

test("a default route has its family's prefix, and hops of one route stand together", () => {
  const gateway = (last: number) => attribute(5, Buffer.from([10, 0, 0, last]));
  const hop = (last: number) => {
    const header = Buffer.alloc(8);
    header.writeUInt16LE(16);
    return Buffer.concat([header, gateway(last)]);
  };
  const routes = [
    route(AF_INET6, 0, [attribute(5, Buffer.from(linkLocal)), attribute(4, number(7))]),
    route(AF_INET, 0, [attribute(9, Buffer.concat([hop(3), hop(2)]))]),
    route(AF_INET, 16, [attribute(1, Buffer.from([10, 3, 0, 0])), attribute(4, number(1))], 7),
    route(AF_INET, 24, [attribute(1, Buffer.from([10, 4, 0, 0])), attribute(4, number(7))]),
  ];
  expect([...answers({ links: [link0], routes }).routes.values()]).toEqual([
    { prefix: "::/0", via: ["fe80::1"] },
    { prefix: "0.0.0.0/0", via: ["10.0.0.2", "10.0.0.3"] },
    { prefix: "10.3.0.0/16", via: [], unreachable: true },
    { prefix: "10.4.0.0/24", via: [], interface: "wan" },
  ]);
});

test("neighbors without a state or without need of hardware are left out", () => {
  const neighbor = (state: number, last: number, mac?: Buffer) => {
    const header = Buffer.alloc(12);
    header[0] = AF_INET;
    header.writeInt32LE(7, 4);
    header.writeUInt16LE(state, 8);
    const to = attribute(1, Buffer.from([10, 0, 0, last]));
    return Buffer.concat([header, to, ...(mac === undefined ? [] : [attribute(2, mac)])]);
  };
  const mac = Buffer.from([2, 0, 0, 0, 0, 9]);
  const neighbors = [
    neighbor(2, 1, mac),
    neighbor(0x20, 2),
    neighbor(0x40, 3, mac),
    neighbor(0, 4),
  ];
  expect(answers({ links: [link0], neighbors }).neighbors).toEqual([
    { interface: "wan", address: "10.0.0.1", mac: "02:00:00:00:00:09" },
    { interface: "wan", address: "10.0.0.2" },
  ]);
});

test("a port is lit while it is up and has a carrier", () => {
  const ports = [link(1, "a"), link(2, "b", { flags: 0x1 }), link(3, "c", { flags: 0x10000 })];
  expect(lightsOf(ports).map(({ name, lit }) => [name, lit])).toEqual([
    ["a", true],
    ["b", false],
    ["c", false],
  ]);
});

test("bytes that break off or lie about their length are read as far as they hold", () => {
  const whole = dumpRequest(18, link0);
  expect(messagesOf(whole)).toHaveLength(1);
  expect(messagesOf(Buffer.concat([whole, whole]).subarray(0, whole.length + 20))).toHaveLength(1);
  expect(attributesOf(Buffer.from([3, 0, 1, 0]))).toEqual(new Map());
  expect(attributesOf(Buffer.from([200, 0, 1, 0, 1]))).toEqual(new Map());
  expect(errnoOf({ type: 2, interrupted: false, body: Buffer.from([0xf2, 255, 255, 255]) })).toBe(
    14,
  );
});
