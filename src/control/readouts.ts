/** Read-outs of a circuit, live from its edges: what is not read from a node is not in the answer. */
import type {
  ArpRow,
  CircuitStats,
  PeeringSession,
  PeeringSide,
  Readouts,
  RouteRow,
  SummaryRow,
  TrafficRow,
} from "../api/readouts.ts";
import { readoutUnavailable } from "../domain/errors.ts";
import { textAt } from "../domain/fields.ts";
import { publicPeering } from "../domain/public-peering.ts";
import { SIDES, type Side } from "../fabric/intent.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { FabricNode, Observation, RouteObservation } from "../fabric/report.ts";
import { type CircuitView, edgeHandOff } from "../plan/circuit-view.ts";
import { planEdge } from "../plan/edge.ts";
import { circuitVrf, peeringAddresses, publicVrf } from "../plan/names.ts";
import { planPublicEdge } from "../plan/public-peering.ts";
import { circuitView, readCircuitRows } from "../reconcile/circuit-rows.ts";
import type { StoredResource } from "../store/store.ts";
import { trafficRows } from "./circuit-traffic.ts";
import { gatewayAdvertised, gatewayRoutes, gatewaySessions } from "./gateway-readouts.ts";
import { readMetrics } from "./metrics.ts";
import { meterNamed, peeringMeter } from "./peering-meter.ts";
import { peeringSessions } from "./peering-sessions.ts";
import { readPlaces } from "./places.ts";
import { portStates } from "./port-states.ts";
import { nodeNamed, READ_TIMEOUT_MS, readFrom, type Sources } from "./read-node.ts";

export function nodeReadouts(sources: Sources): Readouts {
  return {
    arpTable: async (where) => arpRows(await lookAt(sources, where.circuit, where.side), where),
    routeTable: async (where) => routeRows(sources, where),
    routeTableSummary: async (where) =>
      summaryRows(await lookAt(sources, where.circuit, where.side), vrfOf(where)),
    stats: (circuit, peering) => stats(sources, circuit, peering),
    traffic: (circuit) => traffic(sources, circuit),
    portStates: (port) => portStates(sources, port),
    peeringSessions: (where) => sessions(sources, where),
    metrics: (reader) => readMetrics(sources, reader),
    places: () => readPlaces(sources.store, sources.inventory),
    gatewaySessions: (gateway) => gatewaySessions(sources, gateway),
    gatewayRoutes: (gateway) => gatewayRoutes(sources, gateway),
    gatewayAdvertised: (gateway, peer) => gatewayAdvertised(sources, gateway, peer),
  };
}

type Look = {
  readonly inventory: Inventory;
  readonly view: CircuitView;
  readonly side: Side;
  readonly node: FabricNode;
  readonly observation: Observation;
};

async function lookAt(sources: Sources, circuit: StoredResource, side: Side): Promise<Look> {
  const { view, node } = await edgeOf(sources, circuit, side);
  const observation = await readFrom(node, () =>
    node.observe(AbortSignal.timeout(READ_TIMEOUT_MS)),
  );
  return { inventory: sources.inventory, view, side, node, observation };
}

async function edgeOf(sources: Sources, circuit: StoredResource, side: Side) {
  const { store, inventory } = sources;
  const rows = await readCircuitRows(store, circuit.id);
  const view = rows === undefined ? undefined : await circuitView(store, inventory, rows);
  if (view === undefined)
    throw readoutUnavailable(
      `${circuit.name} is being deleted: its edges hold nothing of it any more.`,
    );
  const name = edgeHandOff(view, side).node;
  return { view, node: nodeNamed(sources, name) };
}

async function sessions(
  sources: Sources,
  { circuit, peering }: Omit<PeeringSide, "side">,
): Promise<PeeringSession[]> {
  const [primary, secondary] = await Promise.all([
    lookAt(sources, circuit, "primary"),
    lookAt(sources, circuit, "secondary"),
  ]);
  const isPublic = peering.name === publicPeering;
  const { view } = primary;
  const families = (isPublic ? view.publicPeering : view.peering)?.families ?? [];
  const vrf = vrfOf({ circuit, peering, side: "primary" });
  const seen = async ({ node, observation }: Look) => ({
    sessions: observation.sessions,
    routes: isPublic ? await routesOf(node, vrf) : [],
  });
  const observed = { primary: await seen(primary), secondary: await seen(secondary) };
  return peeringSessions(families, observed, vrf);
}

/** The customer's address as the edge resolved it, and the edge's own. */
function arpRows({ inventory, view, side, observation }: Look, { peering }: PeeringSide): ArpRow[] {
  const isPublic = peering.name === publicPeering;
  const families = (isPublic ? view.publicPeering : view.peering)?.families ?? [];
  const ipv4 = families.find(({ family }) => family === "ipv4");
  if (ipv4 === undefined || peering.provisioningState === "Deleting") return [];
  const { customerHost, cloudHost } = peeringAddresses(ipv4[side]);
  const planned = (isPublic ? planPublicEdge : planEdge)(inventory, view, side)?.fragment;
  const own = planned?.interfaces.find((candidate) => candidate.kind === "subinterface");
  const seen = observation.neighbors.find(
    ({ vrf, address, ...at }) =>
      vrf === planned?.name && at.interface === own?.name && address === customerHost,
  );
  const onPrem =
    seen === undefined
      ? []
      : [{ interface: "On-Prem", ipAddress: customerHost, macAddress: seen.mac ?? "Incomplete" }];
  const cloud =
    own?.kind === "subinterface"
      ? [{ interface: "Microsoft", ipAddress: cloudHost, macAddress: own.mac }]
      : [];
  return [...onPrem, ...cloud];
}

async function routeRows(sources: Sources, where: PeeringSide): Promise<RouteRow[]> {
  const { node } = await edgeOf(sources, where.circuit, where.side);
  const routes = await routesOf(node, vrfOf(where));
  return routes
    .filter(({ protocol }) => protocol === "bgp")
    .flatMap(({ prefix, nextHops, path = [], weight = 0 }) =>
      nextHops.map((nextHop) => ({
        network: prefix,
        nextHop,
        locPrf: "",
        weight,
        path: path.join(" "),
      })),
    );
}

function routesOf(node: FabricNode, vrf: string): Promise<readonly RouteObservation[]> {
  return readFrom(node, () => node.routes(vrf, AbortSignal.timeout(READ_TIMEOUT_MS)));
}

/** Each peering of a circuit has a VRF of its own on the edges. */
function vrfOf({ circuit, peering }: PeeringSide): string {
  const serviceKey = textAt(circuit.assigned, "serviceKey") ?? "";
  return peering.name === publicPeering ? publicVrf(serviceKey) : circuitVrf(serviceKey);
}

function summaryRows({ observation }: Look, held: string): SummaryRow[] {
  return observation.sessions
    .filter(({ vrf }) => vrf === held)
    .map(({ address, remoteAsn, state, uptimeSeconds, prefixesReceived }) => ({
      neighbor: address,
      v: 4,
      as: remoteAsn,
      upDown: uptimeSeconds === undefined ? "never" : clockTime(uptimeSeconds),
      statePfxRcd:
        state === "Established"
          ? String((prefixesReceived.ipv4 ?? 0) + (prefixesReceived.ipv6 ?? 0))
          : state,
    }));
}

async function stats(
  sources: Sources,
  circuit: StoredResource,
  peering: StoredResource | undefined,
): Promise<CircuitStats> {
  const [primary, secondary] = await Promise.all([
    lookAt(sources, circuit, "primary"),
    lookAt(sources, circuit, "secondary"),
  ]);
  const bytes = ({ view, observation }: Look) => {
    const meter =
      peering === undefined
        ? meterNamed(observation, view.serviceKey)
        : peeringMeter(observation, view.serviceKey, peering.name === publicPeering);
    return { in: meter?.in.bytes ?? 0, out: meter?.out.bytes ?? 0 };
  };
  const [one, other] = [bytes(primary), bytes(secondary)];
  return {
    primarybytesIn: one.in,
    primarybytesOut: one.out,
    secondarybytesIn: other.in,
    secondarybytesOut: other.out,
  };
}

async function traffic(sources: Sources, circuit: StoredResource): Promise<TrafficRow[]> {
  const looks = await Promise.all(SIDES.map((side) => lookAt(sources, circuit, side)));
  return looks.flatMap(({ side, view, observation }) =>
    trafficRows(side, meterNamed(observation, view.serviceKey)),
  );
}

/** `hh:mm:ss`, as routers print it. */
function clockTime(seconds: number): string {
  return [seconds / 3600, (seconds % 3600) / 60, seconds % 60]
    .map((part) => String(Math.floor(part)).padStart(2, "0"))
    .join(":");
}
