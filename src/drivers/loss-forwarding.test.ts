import { expect, test } from "vitest";
import type { CrossConnectFragment } from "../fabric/intent.ts";
import { judgeLoss, type PortStates } from "./loss-forwarding.ts";
import { createLossHub } from "./loss-hub.ts";

const cross = (customer: string, network: string): CrossConnectFragment => ({
  kind: "crossConnect",
  key: `${customer}-${network}`,
  meter: customer,
  ends: [
    { kind: "port", port: customer, outer: null, exclusive: true },
    { kind: "port", port: network, outer: 7, exclusive: true },
  ],
  lossForwarding: true,
});

function ports(states: Record<string, "lit" | "dark" | "held" | "pulled">): PortStates {
  return new Map(
    Object.entries(states).map(([name, state]) => [
      name,
      { lit: state === "lit", alias: state === "held" || state === "pulled" ? state : "port" },
    ]),
  );
}

const nowhere = () => false;

test.each([
  [{ c: "lit", n: "lit" }, [], []],
  [{ c: "dark", n: "lit" }, ["n"], []],
  [{ c: "dark", n: "held" }, [], []],
  [{ c: "lit", n: "held" }, [], ["n"]],
  [{ c: "held", n: "dark" }, [], []],
  [{ c: "dark", n: "dark" }, [], []],
] as const)("with ports %j it holds %j and releases %j", (states, hold, release) => {
  const verdict = judgeLoss([cross("c", "n")], ports(states), nowhere);
  expect([verdict.hold, verdict.release]).toEqual([hold, release]);
});

test("a port that several customers share is held only when all of them are lost", () => {
  const both = [cross("c1", "n"), cross("c2", "n")];
  expect(judgeLoss(both, ports({ c1: "dark", c2: "lit", n: "lit" }), nowhere).hold).toEqual([]);
  expect(judgeLoss(both, ports({ c1: "dark", c2: "dark", n: "lit" }), nowhere).hold).toEqual(["n"]);
});

test("across a tunnel the loss is told, and a loss that is told holds the port", () => {
  const { key, meter, lossForwarding, kind } = cross("c", "n");
  const tunnel = {
    kind: "tunnel" as const,
    name: "t",
    vni: 9,
    local: "10.0.0.1",
    remote: "10.0.0.2",
  };
  const fragment = {
    kind,
    key,
    meter,
    lossForwarding,
    ends: [{ kind: "port" as const, port: "c", outer: null, exclusive: true }, tunnel] as const,
  };
  expect(judgeLoss([fragment], ports({ c: "dark" }), nowhere).signals).toEqual(
    new Map([[9, true]]),
  );
  expect(judgeLoss([fragment], ports({ c: "lit" }), () => true)).toEqual({
    hold: ["c"],
    release: [],
    signals: new Map([[9, false]]),
  });
});

test("a hub tells the other switch, once", () => {
  const hub = createLossHub();
  let told = 0;
  hub.watch("b", () => {
    told += 1;
  });
  hub.signal(9, "a", true);
  hub.signal(9, "a", true);
  expect([told, hub.isLost(9, "b"), hub.isLost(9, "a")]).toEqual([1, true, false]);
});
