import fc from "fast-check";
import { expect, test } from "vitest";
import { addressOf, prefixContains, prefixOf } from "../base/prefix.ts";
import { localFib, lookup, pathOfFlow } from "./fib.ts";
import { vrfModel } from "./node-model.ts";
import { loopback, subinterface, vrf } from "./sample-fabrics.ts";

const wan = subinterface("wan", { port: "p0" }, ["192.0.2.1/24", "2001:db8::1/64"]);

function fibOf(
  routes: readonly { prefix: string; via: readonly string[]; interface?: string }[],
  isUp = true,
) {
  return localFib(vrfModel(vrf("blue", [wan, loopback("10.0.0.1/32")], { routes })), ({ name }) =>
    name === "wan" ? isUp : true,
  );
}

test("the longest of the prefixes that contain an address wins", () => {
  const lengths = fc.uniqueArray(fc.integer({ min: 8, max: 32 }), { minLength: 1 });
  fc.assert(
    fc.property(lengths, fc.integer({ min: 0, max: 0xffffff }), (chosen, host) => {
      const address = addressOf(`10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`);
      const prefixes = chosen.map((length) => `10.77.13.5/${length}`);
      const fib = fibOf(prefixes.map((prefix) => ({ prefix, via: ["192.0.2.9"] })));
      const expected = prefixes.map(prefixOf).filter((prefix) => prefixContains(prefix, address));
      const longest = Math.max(...expected.map(({ length }) => length));
      const found = lookup(fib, address);
      if (found?.protocol === "connected") return;
      expect(found?.prefix.length).toBe(expected.length === 0 ? undefined : longest);
    }),
  );
});

test("a static route needs a next hop that is connected, or an interface that is up", () => {
  const find = (fib: ReturnType<typeof fibOf>) => lookup(fib, addressOf("203.0.113.1"))?.paths;
  const prefix = "203.0.113.0/24";
  expect(find(fibOf([{ prefix, via: ["192.0.2.9"] }]))).toEqual([
    { interface: "wan", nextHop: "192.0.2.9" },
  ]);
  expect(find(fibOf([{ prefix, via: ["198.51.100.1"] }]))).toBeUndefined();
  expect(find(fibOf([{ prefix, via: ["192.0.2.9"] }], false))).toBeUndefined();
  expect(find(fibOf([{ prefix, via: [], interface: "wan" }]))).toEqual([{ interface: "wan" }]);
});

test("a next hop may lie in a network that a static route puts on a link", () => {
  const routes = [
    { prefix: "203.0.113.0/24", via: ["198.51.100.1"] },
    { prefix: "198.51.100.0/24", via: [], interface: "wan" },
  ];
  expect(lookup(fibOf(routes), addressOf("203.0.113.1"))?.paths).toEqual([
    { interface: "wan", nextHop: "198.51.100.1" },
  ]);
});

test("what is connected goes before a static route to the same prefix", () => {
  const fib = fibOf([{ prefix: "192.0.2.0/24", via: ["192.0.2.9"] }]);
  expect(lookup(fib, addressOf("192.0.2.7"))?.protocol).toBe("connected");
});

test("flows spread over equal paths, and one flow stays on one", () => {
  const flow = (sourcePort: number) =>
    ({
      source: "10.0.0.1",
      destination: "10.1.0.1",
      protocol: "udp",
      sourcePort,
      destinationPort: 7,
    }) as const;
  const chosen = Array.from({ length: 1000 }, (_, port) =>
    pathOfFlow([0, 1, 2, 3], flow(port), "r1"),
  );
  for (const path of [0, 1, 2, 3]) {
    expect(chosen.filter((one) => one === path).length).toBeGreaterThan(180);
  }
  expect(pathOfFlow([0, 1, 2, 3], flow(5), "r1")).toBe(chosen[5]);
});
