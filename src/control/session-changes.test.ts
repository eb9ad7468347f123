import { expect, test } from "vitest";
import type { Report, SessionObservation } from "../fabric/report.ts";
import { SessionChanges } from "./session-changes.ts";

function report(node: string, ...sessions: Partial<SessionObservation>[]): Report {
  const whole = sessions.map((session) => ({
    ...{ vrf: "c-1", address: "10.0.0.1", remoteAsn: 1, prefixesReceived: {} },
    ...{ state: "Established" as const, uptimeSeconds: 5 },
    ...session,
  }));
  const observation = { sessions: whole, neighbors: [], meters: [], ports: [] };
  return { node, generation: 1, fragments: [], observation };
}

test("a session that comes, goes, or was down in between has changed; an older one has not", () => {
  const changes = new SessionChanges(/^c-/);
  expect([...changes.note(report("edge", {}))]).toEqual(["c-1 10.0.0.1"]);
  expect([...changes.note(report("edge", { uptimeSeconds: 9 }))]).toEqual([]);
  expect([...changes.note(report("edge", { uptimeSeconds: 2 }))]).toEqual(["c-1 10.0.0.1"]);
  expect(changes.isUp("c-1 10.0.0.1")).toBe(true);
  expect([...changes.note(report("edge"))]).toEqual(["c-1 10.0.0.1"]);
  expect(changes.isUp("c-1 10.0.0.1")).toBe(false);
});

test("other VRFs, and a node that reports no observation, say nothing", () => {
  const changes = new SessionChanges(/^c-/);
  expect(changes.note(report("edge", { vrf: "g1-0" })).size).toBe(0);
  changes.note(report("edge", {}));
  const { observation: _none, ...silent } = report("edge");
  expect(changes.note(silent).size).toBe(0);
  expect(changes.isUp("c-1 10.0.0.1")).toBe(true);
});
