/** What is about routes, sessions and links, on one lab: see one-lab/. */
import { afterAll, describe } from "vitest";
import { razeBorrowedLab } from "./one-lab/borrowed-lab.ts";

afterAll(razeBorrowedLab);

describe("peering", async () => void (await import("./one-lab/peering.ts")));
describe("path selection", async () => void (await import("./one-lab/path-selection.ts")));
describe("link failover", async () => void (await import("./one-lab/link-failover.ts")));
describe("metro", async () => void (await import("./one-lab/metro.ts")));
describe("isolation", async () => void (await import("./one-lab/isolation.ts")));
