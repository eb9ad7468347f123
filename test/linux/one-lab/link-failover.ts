/** A failover test of a circuit's link on real routers: packets go on over the other link, and no other circuit is touched. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { ApiError } from "../../../src/client/client.ts";
import type { SessionObservation } from "../../../src/fabric/report.ts";
import { converged, until } from "../lab-server.ts";
import { establishments, resets, sessionsUp } from "../orders.ts";
import { type OneSite, raiseSite } from "./one-site.ts";

const EDGES = ["ams-primary", "ams-secondary"];
const ROUTERS = [...EDGES, "pine-ce", "cloud-host"];

let site: OneSite;

beforeAll(async () => {
  site = await raiseSite("direct-qinq", ROUTERS);
}, 600_000);

afterAll(() => site?.[Symbol.asyncDispose]());

type Side = "primary" | "secondary";
type TrafficRow = { readonly side: Side; readonly direction: string; readonly packets: number };
type Bgp = { readonly type: string; readonly link: string; readonly status: string };
type Test = { readonly status: string; readonly bgpStatus?: readonly Bgp[] };

/** Asked again where a node was too busy to say, on a machine with too much to do. */
function patiently<Value>(what: string, ask: () => Promise<Value>): Promise<Value> {
  const asked = () =>
    ask().catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 503) return undefined;
      throw error;
    });
  return until(what, asked, 90_000);
}

/** Packets that each link of the circuit carried until now, in and out. */
async function carried(): Promise<Record<string, number>> {
  const { value } = await patiently("the edges tell their counters", () =>
    site.server.parties.customer.get<{ value: readonly TrafficRow[] }>(
      `${site.names.circuit(0)}/traffic`,
    ),
  );
  return Object.fromEntries(
    value.map(({ side, direction, packets }) => [`${side} ${direction}`, packets]),
  );
}

/** What a second of the stream adds to each link. */
async function aSecond(): Promise<Record<string, number>> {
  const before = await carried();
  await systemClock.sleep(1_000);
  const after = await carried();
  return Object.fromEntries(
    Object.entries(after).map(([place, count]) => [place, count - (before[place] ?? 0)]),
  );
}

async function post(word: string, body?: object): Promise<void> {
  const { customer } = site.server.parties;
  const asked = () => customer.post(`${site.names.circuit(0)}/${word}`, body);
  await customer.waitFor(await patiently(word, asked));
  await converged(site.server.parties);
}

async function details(): Promise<Test | undefined> {
  const word = "getCircuitLinkFailoverAllTestsDetails?fetchLatest=true";
  const { customer } = site.server.parties;
  const { body } = await customer.post<readonly Test[]>(`${site.names.circuit(0)}/${word}`);
  return body[0];
}

/** The sessions of the other circuit with the customer, from both edges. */
async function ofOther(): Promise<readonly SessionObservation[]> {
  const { value } = await patiently("the edges tell their sessions", () =>
    site.server.parties.customer.get<{ value: SessionObservation[] }>(
      `${site.names.peering(1)}/sessions`,
    ),
  );
  return value;
}

const isCarrying = (packets: number | undefined) => (packets ?? 0) > 100;
/** Keepalives of BFD stop with the session; a neighbor's solicitations may go on. */
const isQuiet = (packets: number | undefined) => (packets ?? 0) < 50;

test("traffic goes on over the other link while one link's test runs, and over both after it", async () => {
  const [circuit] = site.circuits;
  if (circuit === undefined) throw new Error("no circuit");
  const before = await establishments(site.lab, ROUTERS);
  const uptimes = await ofOther();
  expect(uptimes).toHaveLength(4);
  const ends = new AbortController();
  const stream = await site.server.backend.probe.stream({
    ...{ from: site.variant.onPremises, to: circuit.machine, address: circuit.machine.ipv4 },
    ...{ intervalMs: 10, flows: 16, signal: ends.signal },
  });
  await until("both links carry the stream, both ways", async () =>
    Object.values(await aSecond()).every(isCarrying) ? true : undefined,
  );

  await post("startCircuitLinkFailoverTest?linkType=Primary&circuitTestCategory=BgpDisconnect");
  const running = await until("the edges say that the link is without sessions", async () => {
    const told = await details();
    const down = told?.bgpStatus?.filter(({ link }) => link === "Primary") ?? [];
    return down.length === 2 && down.every(({ status }) => status === "Disconnected")
      ? told
      : undefined;
  });
  expect(running.status).toBe("Running");
  expect(running.bgpStatus?.filter(({ link }) => link === "Secondary")).toMatchObject([
    { type: "IPv4", status: "Connected" },
    { type: "IPv6", status: "Connected" },
  ]);
  await until("the other link carries all of it", async () => {
    const added = await aSecond();
    return ["secondary in", "secondary out"].every((place) => isCarrying(added[place])) &&
      ["primary in", "primary out"].every((place) => isQuiet(added[place]))
      ? true
      : undefined;
  });

  // Only the link's two sessions ended, as seen from either end.
  const ended = resets(before, await establishments(site.lab, ROUTERS));
  expect(ended.filter((place) => place.startsWith("ams-primary"))).toHaveLength(2);
  expect(ended.filter((place) => place.startsWith("pine-ce"))).toHaveLength(2);
  expect(ended).toHaveLength(4);

  await post("stopCircuitLinkFailoverTest", { wasSimulationSuccessful: true });
  await sessionsUp(site.lab, { nodes: ROUTERS, count: 32 });
  await until("both links carry the stream again", async () =>
    Object.values(await aSecond()).every(isCarrying) ? true : undefined,
  );
  const { sent, received } = await stream.stop();
  ends.abort();
  // No session had to time out: in BFD's 900 ms half of the flows would lose 90 datagrams each.
  expect(sent - received).toBeLessThan(8 * 45);
  expect(await details()).toMatchObject({ status: "Completed", wasSimulationSuccessful: true });
  const after = await ofOther();
  expect(after).toHaveLength(4);
  for (const [index, { state, uptimeSeconds = 0 }] of after.entries()) {
    expect(state).toBe("Established");
    expect(uptimeSeconds).toBeGreaterThan(uptimes[index]?.uptimeSeconds ?? 0);
  }
}, 600_000);
