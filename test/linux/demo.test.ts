import { test } from "vitest";
import { demoHolds } from "./demo.ts";

// A managed model and two circuits on one pair of ports; all six are in the nightly project and, on simulated nodes, in cli.test.ts.
test("the demo holds every check on real nodes, prints one JSON object and leaves nothing", () =>
  demoHolds(["ipvpn", "direct-qinq"]));
