import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { types } from "../domain/types.ts";
import type { PrefixLevel, Report, SessionObservation } from "../fabric/report.ts";
import { openSqliteStore } from "../store/sqlite.ts";
import { row } from "./row-fixture.ts";
import { SessionWatch } from "./session-events.ts";

function report(...sessions: Partial<SessionObservation>[]): Report {
  const whole = sessions.map((one) => ({
    ...{ vrf: "c-abcdef01", address: "192.168.0.1", remoteAsn: 65001 },
    ...{ state: "Established" as const, prefixesReceived: {}, ...one },
  }));
  const observation = { sessions: whole, neighbors: [], meters: [], ports: [] };
  return { node: "e1", generation: 1, fragments: [], observation };
}

test("sessions that come, change, are reset and go are told to whom they belong, once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "causeway-sessions-"));
  const store = openSqliteStore({ path: join(folder, "store.db"), durable: false });
  await store.transaction(async (writer) => {
    await writer.putResource(
      row("/c", types.circuit, { assigned: { serviceKey: "ABCDEF01-2345" } }),
    );
    await writer.putResource(row("/gw", types.gateway, { assigned: { number: 3 } }));
  });
  let watch = new SessionWatch(store);
  const told = async (next: Report) => {
    const events = await watch.eventsOf(next);
    await store.writeReport(next);
    watch.remember(next);
    return events.map(({ resourceId, data }) => [resourceId, data["before"], data["after"]]);
  };
  const up = { state: "Established", remoteAsn: 65001 };
  expect(await told(report({}))).toEqual([["/c", undefined, up]]);
  expect(await told(report({ uptimeSeconds: 9 }))).toEqual([]);
  // What a former process told is not told again.
  watch = new SessionWatch(store);
  expect(await told(report({ uptimeSeconds: 10, bfd: "Down" }))).toEqual([
    ["/c", up, { ...up, bfd: "Down" }],
  ]);
  expect(await watch.eventsOf(report({ uptimeSeconds: 2, bfd: "Down" }))).toMatchObject([
    { kind: "session", data: { reset: true, node: "e1", address: "192.168.0.1" } },
  ]);
  const { observation: _, ...unread } = report();
  expect(await told(unread)).toEqual([]);
  expect(await told(report({ vrf: "g3-1", state: "Active" }, { vrf: "default" }))).toEqual([
    ["/c", { ...up, bfd: "Down" }, undefined],
    ["/gw", undefined, { ...up, state: "Active" }],
    ["", undefined, up],
  ]);
  const near = (received: number, level: PrefixLevel, discarded = 0) => ({
    prefixLimits: { ipv4: { limit: 100, received, level, discarded, discardedPrefixes: [] } },
  });
  await told(report(near(10, "normal")));
  expect(await told(report(near(80, "warning")))).toEqual([
    ["/c", up, { ...up, ...near(80, "warning") }],
  ]);
  expect(await told(report(near(81, "warning")))).toEqual([]);
  expect((await told(report(near(102, "full", 2)))).length).toBe(1);
  expect((await told(report(near(103, "full", 3)))).length).toBe(0);
  await store.close();
  rmSync(folder, { recursive: true });
});
