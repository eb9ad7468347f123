/** A room that the sessions of two routing instances share, on real FRR: what one discards the other does too. */
import { expect, test } from "vitest";
import type { VrfFragment } from "../../../src/fabric/intent.ts";
import type { RoomObservation } from "../../../src/fabric/report.ts";
import { circuitVrf, eventually, raiseBenchLab } from "./bench-lab.ts";

const name = "gateway/1";

/** Both families; instance 1 hears of what comes from 4 on alone. */
function end(side: 1 | 2, number: number, count: number, room = 8): VrfFragment {
  const fragment = circuitVrf(side, number, {
    port: `p${number}`,
    tags: [100],
    name: `c${number}`,
  });
  const { bgp } = fragment;
  if (bgp === undefined) throw new Error("it speaks BGP");
  const networks = Array.from({ length: count }, (_, index) => [
    `10.50.${index}.0/24`,
    `fd50:${index}::/32`,
  ])
    .flat()
    .slice(number === 2 ? 8 : 0);
  const limits = side === 1 ? { room: { name, prefixes: room } } : {};
  const policies = { importPolicy: [{ action: "permit" as const }] };
  const neighbors = bgp.neighbors.map((neighbor) => ({ ...neighbor, ...policies, ...limits }));
  return { ...fragment, bgp: { ...bgp, networks: side === 1 ? [] : networks, neighbors } };
}

test("instances that share a room discard the same newest of all that comes to either, and reset nothing", async () => {
  await using bench = await raiseBenchLab("room", ["edge:p1-ce:p1", "edge:p2-ce:p2"]);
  const announce = (count: number) => bench.converge("ce", [end(2, 1, count), end(2, 2, count)]);
  const reported = (isRight: (told: RoomObservation) => boolean) =>
    eventually(async () => {
      const { rooms = [] } = await bench.node("edge").observe(AbortSignal.timeout(20_000));
      const told = rooms.find((one) => one.name === name);
      return told !== undefined && isRight(told) ? told : undefined;
    }, 60_000);
  const used = async (vrf: string, count: number) =>
    eventually(async () => {
      const routes = await bench.node("edge").routes(vrf, AbortSignal.timeout(20_000));
      const learned = routes.filter(({ protocol }) => protocol === "bgp");
      return learned.length === count ? learned.map(({ prefix }) => prefix) : undefined;
    }, 30_000);
  await announce(3);
  await bench.converge("edge", [end(1, 1, 0), end(1, 2, 0)]);
  await bench.established("edge", "c1");
  const { uptimeSeconds = 0 } = await bench.established("edge", "c2");
  expect(await reported(({ received }) => received === 6)).toMatchObject({
    ...{ limit: 8, level: "warning", discarded: 0, discardedPrefixes: [] },
  });

  await announce(6);
  const full = await reported(({ discarded }) => discarded === 4);
  expect(full).toMatchObject({ received: 12, level: "full" });
  // Six were there before; of the others two of IPv4 come first by their number.
  const discarded = ["10.50.5.0/24", "fd50:3::/32", "fd50:4::/32", "fd50:5::/32"];
  expect(full.discardedPrefixes).toEqual(discarded);
  const [first, second] = [await used("c1", 8), await used("c2", 1)];
  for (const prefix of discarded) expect([...first, ...second]).not.toContain(prefix);
  expect(second).toEqual(["10.50.4.0/24"]);

  await announce(4);
  expect(await reported(({ received }) => received === 8)).toMatchObject({ discarded: 0 });
  expect(await used("c1", 8)).toContain("fd50:3::/32");
  // The same announcements, and a smaller gateway: what came last goes.
  await bench.converge("edge", [end(1, 1, 0, 7), end(1, 2, 0, 7)]);
  expect(await reported(({ discarded }) => discarded === 1)).toMatchObject({
    limit: 7,
    received: 8,
  });
  await used("c1", 7);
  for (const vrf of ["c1", "c2"]) {
    const session = await bench.session("edge", vrf);
    expect(session?.uptimeSeconds).toBeGreaterThanOrEqual(uptimeSeconds);
    expect(session?.lastReset).toBeUndefined();
  }
});
