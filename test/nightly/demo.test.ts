import { test } from "vitest";
import { demoHolds } from "../linux/demo.ts";

test("the demo holds every check of all six variants on real nodes", () => demoHolds());
