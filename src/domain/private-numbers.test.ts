import { expect, test } from "vitest";
import { pathWarnings, peeringWarnings } from "./private-numbers.ts";
import type { JsonObject } from "./state.ts";

const targetsOf = (properties: JsonObject) =>
  peeringWarnings({ desired: { properties } }).map(({ target }) => target);

test("each private number of a public peering is named, wherever it stands", () => {
  expect(targetsOf({ peerASN: 64_410, microsoftPeeringConfig: { customerASN: 0 } })).toEqual([]);
  expect(targetsOf({ peerASN: 65_534, microsoftPeeringConfig: { customerASN: 64_410 } })).toEqual([
    "properties.peerASN",
  ]);
  const families = {
    microsoftPeeringConfig: { customerASN: 64_512 },
    ipv6PeeringConfig: { microsoftPeeringConfig: { customerASN: 4_200_000_000 } },
  };
  expect(targetsOf({ peerASN: 64_410, ...families })).toEqual([
    "properties.microsoftPeeringConfig.customerASN",
    "properties.ipv6PeeringConfig.microsoftPeeringConfig.customerASN",
  ]);
});

test.each([
  ["a private number once, as every neighbor has it", 65_010, [65_010], false],
  ["a private number prepended", 65_010, [65_010, 65_010, 65_010], true],
  ["a public number prepended", 64_410, [64_410, 64_410], false],
  ["a private number behind a public one", 64_410, [64_410, 65_001], true],
  ["a path of another neighbor", 64_410, [12_076, 65_001], false],
])("%s", (_, asn, path, isWarned) => {
  const warnings = pathWarnings(asn, [{ prefix: "198.18.16.0/24", path }]);
  expect(warnings.map(({ prefixes }) => prefixes)).toEqual(isWarned ? [["198.18.16.0/24"]] : []);
});

test("prefixes are told in order, the first fifty of them, and all are counted", () => {
  const routes = Array.from({ length: 60 }, (_, index) => ({
    prefix: `198.18.${index + 100}.0/24`,
    path: [65_010, 65_010],
  })).reverse();
  const [warning] = pathWarnings(65_010, routes);
  expect(warning?.message).toMatch(
    /^60 prefixes come with private AS numbers in the path \(65010\)/,
  );
  expect(warning?.prefixes).toHaveLength(50);
  expect(warning?.prefixes?.[0]).toBe("198.18.100.0/24");
});
