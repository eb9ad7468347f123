import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prefixOf } from "../base/prefix.ts";
import { PrefixHoldings } from "./prefix-holdings.ts";

test("files are read when they change, and what cannot be read is told once and changes nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-holdings-"));
  const [irr, vrps, approvals] = ["irr.txt", "vrps.json", "approvals.json"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  const told: string[] = [];
  let changes = 0;
  const holdings = new PrefixHoldings({
    places: { irr: [irr], vrps: [vrps], approvals: [approvals], rtr: [] },
    log: (level) => told.push(level),
  });
  holdings.onChange(() => {
    changes += 1;
  });
  const known = () => {
    const prefix = prefixOf("5.5.0.0/24");
    const { ranges, vrps: payloads, approvals: approved } = holdings.current();
    return [ranges(prefix), payloads(prefix), approved(prefix)].map(({ length }) => length);
  };
  try {
    writeFileSync(irr, "route: 5.5.0.0/16\norigin: AS3320\nsource: RIPE\n");
    writeFileSync(
      vrps,
      JSON.stringify({ roas: [{ prefix: "5.5.0.0/16", maxLength: 24, asn: 1 }] }),
    );
    await holdings.refresh();
    expect([known(), changes, told]).toEqual([[1, 1, 0], 1, ["error"]]);
    await holdings.refresh();
    expect([changes, told]).toEqual([1, ["error"]]);
    writeFileSync(vrps, "{");
    await holdings.refresh();
    await holdings.refresh();
    expect([known(), changes, told]).toEqual([[1, 1, 0], 1, ["error", "error"]]);
    writeFileSync(approvals, JSON.stringify({ approvals: [{ prefix: "5.5.0.0/24", asn: 64512 }] }));
    writeFileSync(irr, "");
    await holdings.refresh();
    expect([known(), changes]).toEqual([[0, 1, 1], 2]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
