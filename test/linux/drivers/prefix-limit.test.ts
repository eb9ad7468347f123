/** A limit on real FRR: the newest are discarded and told of, without a reset; a burst ends the session. */
import { expect, test } from "vitest";
import type { Neighbor, VrfFragment } from "../../../src/fabric/intent.ts";
import type { PrefixLimitObservation } from "../../../src/fabric/report.ts";
import { circuitVrf, eventually, raiseBenchLab } from "./bench-lab.ts";

const LIMIT = 8;

function end(side: 1 | 2, count: number, limit: Partial<Neighbor>): VrfFragment {
  const fragment = circuitVrf(side, 1, { port: "p1", tags: [100], name: `c${side}` });
  const { bgp } = fragment;
  if (bgp === undefined) throw new Error("it speaks BGP");
  const networks = Array.from({ length: count }, (_, index) => `10.50.${index}.0/24`);
  const neighbors = bgp.neighbors.map((neighbor) => ({ ...neighbor, ...limit }));
  return { ...fragment, bgp: { ...bgp, networks, neighbors } };
}

test("beyond its limit a session discards the newest and says which, and a freed place is given on", async () => {
  await using bench = await raiseBenchLab("prefixlimit", ["edge:p1-ce:p1"]);
  const announce = (count: number) => bench.converge("ce", [end(2, count, {})]);
  const limit = { maximumPrefixes: { ipv4: LIMIT, ipv6: 5 }, beyondMaximum: "discard" } as const;
  const reported = (isRight: (told: PrefixLimitObservation) => boolean) =>
    eventually(async () => {
      const session = await bench.session("edge", "c1");
      const told = session?.prefixLimits?.ipv4;
      return told !== undefined && isRight(told) ? { ...told, session } : undefined;
    }, 30_000);
  await announce(6);
  await bench.converge("edge", [end(1, 0, limit)]);
  await bench.established("edge", "c1");
  const warned = await reported(({ received }) => received === 6);
  expect(warned).toMatchObject({ limit: LIMIT, level: "warning", discarded: 0 });
  const { uptimeSeconds = 0 } = warned.session ?? {};

  await announce(11);
  const full = await reported(({ discarded }) => discarded === 3);
  expect(full).toMatchObject({ level: "full", received: 11 });
  expect(full.discardedPrefixes).toEqual(["10.50.8.0/24", "10.50.9.0/24", "10.50.10.0/24"]);
  const used = () =>
    eventually(async () => {
      const routes = await bench.node("edge").routes("c1", AbortSignal.timeout(20_000));
      const learnt = routes.filter(({ prefix }) => prefix.startsWith("10.50."));
      return learnt.length === LIMIT ? learnt : undefined;
    });
  expect((await used()).map(({ prefix }) => prefix)).not.toContain("10.50.8.0/24");

  await bench.converge("ce", [withoutFirst(end(2, 10, {}))]);
  const freed = await reported(({ discarded }) => discarded === 1);
  expect(freed.discardedPrefixes).toEqual(["10.50.9.0/24"]);
  expect((await used()).map(({ prefix }) => prefix)).toContain("10.50.8.0/24");
  await announce(4);
  const fewer = await reported(({ received }) => received === 4);
  expect(fewer).toMatchObject({ level: "normal", discarded: 0 });
  expect(fewer.session?.uptimeSeconds).toBeGreaterThanOrEqual(uptimeSeconds);
  expect(fewer.session?.lastReset).toBeUndefined();

  await announce(2 * LIMIT + 1);
  await eventually(async () => {
    const session = await bench.session("edge", "c1");
    return session?.state === "Idle" ? session : undefined;
  }, 30_000);
});

function withoutFirst(fragment: VrfFragment): VrfFragment {
  const { bgp } = fragment;
  return bgp === undefined
    ? fragment
    : { ...fragment, bgp: { ...bgp, networks: bgp.networks.slice(1) } };
}
