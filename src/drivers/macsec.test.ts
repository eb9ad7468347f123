import { expect, test } from "vitest";
import type { Fragment } from "../fabric/intent.ts";
import { saysMacsec, tellMacsec } from "./macsec.ts";

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
