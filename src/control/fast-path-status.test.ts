import { expect, test } from "vitest";
import type { SessionObservation } from "../fabric/report.ts";
import { fastPathStates } from "./fast-path-status.ts";

const session = (
  vrf: string,
  state: SessionObservation["state"],
  lastReset?: string,
): SessionObservation => ({
  ...{ vrf, address: "192.0.0.10", remoteAsn: 12076, state, prefixesReceived: {} },
  ...(lastReset === undefined ? {} : { lastReset }),
});

test("a forwarder is active while one edge has a session with it, and says why it is not", () => {
  expect(
    fastPathStates([
      session("f1", "Active", "Peer closed the session"),
      session("f1", "Established"),
      session("f2", "Established"),
      session("f2", "Idle"),
      session("f3", "Connect"),
      session("g1-0", "Idle"),
    ]),
  ).toEqual(
    new Map([
      ["f1", { state: "Active" }],
      ["f2", { state: "Active" }],
      [
        "f3",
        {
          state: "FallenBack",
          reason:
            "Traffic goes by the gateway: no edge has a session with the forwarder (Connect).",
        },
      ],
    ]),
  );
});
