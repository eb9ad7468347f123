/** What is about services, translation and how much passes, on one lab: see one-lab/. */
import { afterAll, describe } from "vitest";
import { razeBorrowedLab } from "./one-lab/borrowed-lab.ts";

afterAll(razeBorrowedLab);

describe("public peering", async () => void (await import("./one-lab/public-peering.ts")));
describe("address pools", async () => void (await import("./one-lab/address-pools.ts")));
describe("noisy neighbour", async () => void (await import("./one-lab/noisy-neighbour.ts")));
// Last: hosts remember the size they were told for ten minutes.
describe("MTU", async () => void (await import("./one-lab/mtu.ts")));
