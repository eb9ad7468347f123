import { expect, test } from "vitest";
import { printPrefix } from "../../base/prefix.ts";
import { parseRegistryText } from "./rpsl.ts";

test("objects are read as registries dump them", () => {
  const text = `% A comment of the server

route:          192.0.2.0/24
descr:          Somebody
+               on two lines
origin:         as3320   # formerly AS1
mnt-by:         MAINT-X
source:         RIPE # Filtered

route6: 2001:db8::/32\r
origin: AS4200000000\r
source: radb\r

as-set:         AS-X
members:        AS1, AS2
source:         RADB

route:          nonsense
origin:         AS1

route:          192.0.2.0/24

inetnum:        10.0.0.0 - 10.0.2.127
source:         RIPE`;
  expect(
    parseRegistryText(text).map(({ kind, prefix, origin, source }) =>
      [kind, printPrefix(prefix), origin, source].join(" "),
    ),
  ).toEqual([
    "route 192.0.2.0/24 3320 RIPE",
    "route 2001:db8::/32 4200000000 RADB",
    "inetnum 10.0.0.0/23  RIPE",
    "inetnum 10.0.2.0/25  RIPE",
  ]);
});

test("a certificate in the remarks is put together again", () => {
  const [found] = parseRegistryText(
    [
      "route: 192.0.2.0/24",
      "origin: AS1",
      "remarks: -----BEGIN CERTIFICATE-----",
      "remarks: AAAA",
      "remarks: BBBB",
      "remarks: -----END CERTIFICATE-----",
      "remarks: call us",
    ].join("\n"),
  );
  expect(found?.certificates).toEqual([
    "-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----",
  ]);
});

test("a range of every address, and one that is none, end", () => {
  const kinds = (range: string) => parseRegistryText(`inetnum: ${range}`).length;
  expect([kinds("0.0.0.0 - 255.255.255.255"), kinds("10.0.0.9 - 10.0.0.1")]).toEqual([1, 0]);
});
