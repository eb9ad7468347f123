/** A circuit without one of its links: by the API, on simulated nodes. */
import { expect, test } from "vitest";
import * as bodies from "../../src/main/demo/bodies.ts";
import { World } from "../../src/world/world.ts";
import { refusal } from "./refusal.ts";
import { order, remove, statusOf } from "./world-orders.ts";

type Row = { readonly [field: string]: unknown };

const start = (circuit: string, link = "Primary") =>
  `${circuit}/startCircuitLinkFailoverTest?linkType=${link}&circuitTestCategory=BgpDisconnect`;
const stop = (circuit: string) => `${circuit}/stopCircuitLinkFailoverTest`;

async function rows(world: World, circuit: string, which: "All" | "Single"): Promise<Row[]> {
  const words = { All: "AllTestsDetails?fetchLatest=true", Single: "SingleTestDetails" };
  const path = `${circuit}/getCircuitLinkFailover${words[which]}`;
  return (await world.customer.post<Row[]>(path)).body;
}

/** State and uptime of the sessions of a circuit with its customer, by link. */
async function sessions(world: World, peering: string): Promise<Record<string, string[]>> {
  const { value } = await world.customer.get<{ value: { side: string; state: string }[] }>(
    `${peering}/sessions`,
  );
  const on = (side: string) => value.filter((one) => one.side === side).map(({ state }) => state);
  return { primary: on("primary"), secondary: on("secondary") };
}

const up = ["Established", "Established"];

test("a test leaves one link without sessions, touches no other circuit, and gives back what it took", async () => {
  await using world = await World.start();
  const { names } = await order(world, "direct-qinq");
  const circuit = names.circuit(0);
  const uptimes = async () =>
    Promise.all(
      ["ams-primary", "ams-secondary"].map(async (node) => {
        const { sessions: all } = await world.node(node).observe(AbortSignal.timeout(10_000));
        return all.map(({ vrf, address, uptimeSeconds = -1 }) => ({
          place: `${node} ${vrf} ${address}`,
          uptimeSeconds,
        }));
      }),
    ).then((lists) => lists.flat());
  await world.clock.advance(10_000);
  const before = await uptimes();
  const intents = new Map<string, string>();
  for (const node of ["ams-primary", "ams-secondary", "pine-ce", "cloud-host"])
    intents.set(node, JSON.stringify(await world.store.intentChange(node, 0)));

  const begun = await world.customer.post(start(circuit));
  expect(begun.status).toBe(202);
  expect(await rows(world, circuit, "All")).toMatchObject([{ status: "Starting" }]);
  await world.settle();
  await world.clock.advance(5_000);
  expect(await statusOf(world, begun)).toBe("Succeeded");
  const down = await sessions(world, names.peering(0));
  expect(down["secondary"]).toEqual(up);
  expect(down["primary"]).not.toContain("Established");
  expect(await sessions(world, names.peering(1))).toEqual({ primary: up, secondary: up });
  const lost = (await uptimes()).filter(({ place, uptimeSeconds }) => {
    const then = before.find((one) => one.place === place)?.uptimeSeconds ?? -1;
    return uptimeSeconds < then;
  });
  expect(lost).toHaveLength(2);
  expect(lost.every(({ place }) => place.startsWith("ams-primary "))).toBe(true);

  await world.customer.post(stop(circuit), { wasSimulationSuccessful: true, isVerified: true });
  await world.settle();
  await world.clock.advance(15_000);
  expect(await sessions(world, names.peering(0))).toEqual({ primary: up, secondary: up });
  for (const [node, held] of intents) {
    const now = await world.store.intentChange(node, 0);
    const then = JSON.parse(held) as typeof now;
    expect(new Set(now?.upserts.map((one) => JSON.stringify(one)))).toEqual(
      new Set(then?.upserts.map((one) => JSON.stringify(one))),
    );
  }
}, 60_000);

test("details tell what the edges said before and during the test, also after a restart", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  const circuit = names.circuit(0);
  await world.customer.post(start(circuit, "Secondary"));
  await world.settle();
  await world.clock.advance(5_000);
  await world.restart();
  const status = (link: string, state: string) =>
    ["IPv4", "IPv6"].map((type) => ({
      ...{ type, link, status: state, checkTimeUtc: expect.any(String) },
    }));
  const during = {
    ...{ status: "Running", linkType: "Secondary", circuitTestCategory: "BgpDisconnect" },
    bgpStatus: [...status("Primary", "Connected"), ...status("Secondary", "Disconnected")],
  };
  const [all] = await rows(world, circuit, "All");
  expect(all).toEqual({
    ...during,
    ...{ testGuid: expect.any(String), startTime: expect.any(String), issues: [] },
  });
  const route = (name: string, nextHop: string, link: string) => ({
    ...{ route: name, nextHop, [`${link}ASPath`]: "65010" },
  });
  const before = [
    route("10.10.0.0/16", "192.168.100.1", "primary"),
    route("fd10:10::/48", "fd64::1", "primary"),
    route("10.10.0.0/16", "192.168.100.5", "secondary"),
    route("fd10:10::/48", "fd64::5", "secondary"),
  ];
  const [single] = await rows(world, circuit, "Single");
  expect(single).toMatchObject({
    ...during,
    redundantRoutes: {
      beforeSimulation: expect.arrayContaining([before[0], before[2]]),
      duringSimulation: expect.arrayContaining([before[0]]),
    },
    nonRedundantRoutes: { beforeSimulation: [], duringSimulation: [] },
  });
  expect(single?.["wasSimulationSuccessful"]).toBeUndefined();

  const verdict = { wasSimulationSuccessful: true, isVerified: false };
  await world.customer.post(stop(circuit), { linkType: "Secondary", ...verdict });
  expect(await rows(world, circuit, "All")).toMatchObject([{ status: "Stopping" }]);
  await world.settle();
  await world.clock.advance(15_000);
  await world.restart();
  expect(await rows(world, circuit, "Single")).toMatchObject([
    {
      ...during,
      status: "Completed",
      ...{ startTimeUtc: all?.["startTime"], endTimeUtc: expect.any(String) },
      ...{ wasSimulationSuccessful: true, isSimulationVerified: false },
    },
  ]);
}, 60_000);

test("a second start and a stop without a test are refused, and nothing changes", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  const circuit = names.circuit(0);
  expect(await refusal(world.customer.post(stop(circuit), {}))).toEqual([
    409,
    "FailoverTestNotRunning",
  ]);
  await world.customer.post(start(circuit));
  // Before any node has it, and when all have.
  expect(await refusal(world.customer.post(start(circuit, "Secondary")))).toContain(
    "FailoverTestRunning",
  );
  await world.settle();
  await world.clock.advance(5_000);
  expect(await refusal(world.customer.post(start(circuit)))).toEqual([409, "FailoverTestRunning"]);
  expect(await refusal(world.customer.post(start(circuit, "Secondary")))).toEqual([
    409,
    "FailoverTestRunning",
    "PathNotRedundant",
  ]);
  const other = { linkType: "Secondary" };
  expect(await refusal(world.customer.post(stop(circuit), other))).toEqual([
    400,
    "InvalidParameter",
  ]);
  expect(await rows(world, circuit, "All")).toMatchObject([{ status: "Running" }]);
  await world.customer.post(stop(circuit), {});
  // The other link could go before this one is back.
  expect(await refusal(world.customer.post(start(circuit, "Secondary")))).toContain(
    "AnotherOperationInProgress",
  );
  await world.settle();
  expect((await sessions(world, names.peering(0)))["secondary"]).toEqual(up);
}, 60_000);

test("the last working link is not taken away", async () => {
  await using world = await World.start();
  const { names, variant } = await order(world, "exchange-l2");
  const circuit = names.circuit(0);
  await world.probe.setPort(variant.handOff.secondary, false);
  await world.clock.advance(30_000);
  expect(await refusal(world.customer.post(start(circuit)))).toEqual([409, "PathNotRedundant"]);
  // What carries nothing may be tested.
  await world.customer.post(start(circuit, "Secondary"));
  await world.settle();
  expect((await sessions(world, names.peering(0)))["primary"]).toEqual(up);
}, 60_000);

test("a port's other link is not switched off under a test", async () => {
  await using world = await World.start();
  const { names, variant } = await order(world, "direct-qinq");
  await world.customer.post(start(names.circuit(1)));
  await world.settle();
  const port = (link: string) => {
    const { properties, ...rest } = bodies.ports(variant) as { properties: object };
    const links = [{ name: link, properties: { adminState: "Disabled" } }];
    return { ...rest, properties: { ...properties, links } };
  };
  expect(await refusal(world.customer.put(names.port, port("link2")))).toEqual([
    ...[409, "FailoverTestRunning"],
  ]);
  await world.customer.post(stop(names.circuit(1)), {});
  await world.settle();
  expect((await world.customer.put(names.port, port("link2"))).status).toBe(200);
}, 60_000);

test("an edge that cannot be read says nothing of its paths: no test begins", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  world.node("ams-secondary").darken("FRR does not answer");
  expect(await refusal(world.customer.post(start(names.circuit(0))))).toContain(
    "ReadoutUnavailable",
  );
}, 60_000);

test("a circuit is deleted with its test, and nothing of it is left (I7)", async () => {
  await using world = await World.start();
  const ordered = await order(world, "exchange-l2");
  const circuit = ordered.names.circuit(0);
  await world.customer.post(start(circuit));
  await world.settle();
  expect(await world.store.listRecords("failoverTest")).toHaveLength(1);
  await remove(world, ordered);
  expect(await world.customer.find(circuit)).toBeUndefined();
  expect(await world.store.listRecords("failoverTest")).toEqual([]);
  const again = await order(world, "exchange-l2");
  await world.clock.advance(15_000);
  expect(await rows(world, again.names.circuit(0), "All")).toEqual([]);
  expect(await sessions(world, again.names.peering(0))).toEqual({ primary: up, secondary: up });
}, 60_000);
