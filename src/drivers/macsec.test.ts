import { expect, test } from "vitest";
import type { Fragment } from "../fabric/intent.ts";
import { macsecLines, saysMacsec, tellMacsec } from "./macsec.ts";

const channel = { port: "direct1", device: "direct1-s", peerMac: "02:00:00:00:00:09" };
const first = { slot: 0, keyId: "0a01", sak: "11".repeat(16) };
const second = { slot: 1, keyId: "0a02", sak: "22".repeat(16) };

test("both keys are known to the kernel, and the preferred one is used", () => {
  const lines = macsecLines({
    ...channel,
    macSec: { cipher: "GcmAes128", sci: true, preferred: 1 },
    associations: [first, second],
  });
  expect(lines).toEqual([
    "link add link direct1 name direct1-s type macsec port 1 cipher gcm-aes-128 encrypt on protect on send_sci on validate strict encodingsa 1",
    "macsec add direct1-s rx port 1 address 02:00:00:00:00:09 on",
    `macsec add direct1-s rx port 1 address 02:00:00:00:00:09 sa 0 pn 1 on key 0a01 ${first.sak}`,
    `macsec add direct1-s tx sa 0 pn 1 on key 0a01 ${first.sak}`,
    `macsec add direct1-s rx port 1 address 02:00:00:00:00:09 sa 1 pn 1 on key 0a02 ${second.sak}`,
    `macsec add direct1-s tx sa 1 pn 1 on key 0a02 ${second.sak}`,
    "link set dev direct1-s up",
  ]);
});

test("as long as the other end knows the older key alone, that one is used", () => {
  const macSec = { cipher: "GcmAes256", sci: true, preferred: 1 } as const;
  const [made] = macsecLines({ ...channel, macSec, associations: [first] });
  expect(made).toContain("cipher gcm-aes-256 ");
  expect(made).toMatch(/ encodingsa 0$/);
  expect(macsecLines({ ...channel, macSec, associations: [] })).toEqual([]);
});

test("extended packet numbers have a salt and a number for each end; a channel may go unnamed", () => {
  const extended = { salt: "ab".repeat(12), own: 1, peer: 2 };
  const lines = macsecLines({
    ...channel,
    macSec: { cipher: "GcmAesXpn256", sci: false, preferred: 0 },
    associations: [{ ...first, extended }],
  });
  expect(lines[0]).toContain("cipher gcm-aes-xpn-256 encrypt on protect on send_sci off");
  expect(lines[2]).toContain(` sa 0 xpn 1 salt ${extended.salt} ssci 2 on key `);
  expect(lines[3]).toContain(` tx sa 0 xpn 1 salt ${extended.salt} ssci 1 on key `);
});

test("the port with keys says why they are not in use; others are as they were", async () => {
  const port = { kind: "port", enabled: true } as const;
  const keys = [{ slot: 0, ckn: "0a01", cak: "11".repeat(16) }];
  const fragments: Fragment[] = [
    { ...port, key: "port/a", port: "a" },
    {
      ...{ ...port, key: "port/b", port: "b" },
      macSec: { cipher: "GcmAes128", sci: false, keys, preferred: 0 },
    },
  ];
  const results = fragments.map(({ key }) => ({ key, state: "applied" as const }));
  expect(await tellMacsec(results, fragments, async () => false)).toEqual([
    { key: "port/a", state: "applied" },
    { key: "port/b", state: "applied", notCarried: "not carried: kernel has no macsec" },
  ]);
  const [, able] = await tellMacsec(results, fragments, async () => true);
  expect(able?.notCarried).toContain("no agent for key agreement");
  expect(saysMacsec("Error: Unknown device type.")).toBe(false);
  expect(saysMacsec("RTNETLINK answers: Operation not supported")).toBe(false);
  expect(saysMacsec("RTNETLINK answers: Invalid argument")).toBe(true);
});
