/** The samples of `/metrics`: of every resource that the caller may read, what its nodes last reported. */
import type { Sample } from "../api/metric-families.ts";
import type { MetricsReader } from "../api/readouts.ts";
import { FALL_BACKS, isFastPath } from "../domain/fast-path.ts";
import { numberAt } from "../domain/fields.ts";
import { gatewayHostOf } from "../domain/gateway-host.ts";
import { capacityOfGateway } from "../domain/gateway-skus.ts";
import { connectionsOfGateway, crossConnectionOf, networkIdOf } from "../domain/links.ts";
import { types } from "../domain/types.ts";
import type { Observation, Report } from "../fabric/report.ts";
import { connectionMeter, gatewayMeter, gatewayRoom, gatewayVrf } from "../plan/names.ts";
import { INSTANCES } from "../plan/tunnel.ts";
import { circuitView, readCircuitRows } from "../reconcile/circuit-rows.ts";
import { directPorts } from "../reconcile/network-rows.ts";
import type { StoredResource } from "../store/store.ts";
import {
  circuitSamples,
  gauge,
  type ObservationOf,
  roomSamples,
  trafficSamples,
} from "./circuit-metrics.ts";
import { meterNamed } from "./peering-meter.ts";
import { lightSamples } from "./port-states.ts";
import type { Sources } from "./read-node.ts";

export async function readMetrics(
  sources: Sources,
  { mayRead, seesFabric }: MetricsReader,
): Promise<readonly Sample[]> {
  const reports = new Map<string, Report>();
  for (const { name } of sources.inventory.nodes) {
    const report = await sources.store.readReport(name);
    if (report !== undefined) reports.set(name, report);
  }
  const observationOf: ObservationOf = (node) => reports.get(node)?.observation;
  const samples: Sample[] = [];
  const { store } = sources;
  for (const circuit of await store.list({ type: types.circuit })) {
    const crossConnection = await crossConnectionOf(store, circuit);
    // A provider reads the cross connection of a circuit, and not the circuit nor what that is joined to.
    const joins = mayRead(circuit);
    if (!joins && !(crossConnection && mayRead(crossConnection))) continue;
    samples.push(...(await ofCircuit(sources, circuit, { observationOf, joins })));
  }
  for (const gateway of (await store.list({ type: types.gateway })).filter(mayRead))
    samples.push(...(await ofGateway(sources, gateway, observationOf)));
  for (const port of (await store.list({ type: types.port })).filter(mayRead))
    samples.push(...ofPort(sources, port, observationOf));
  return seesFabric ? [...samples, ...ofNodes(reports.values())] : samples;
}

async function ofCircuit(
  { store, inventory }: Sources,
  circuit: StoredResource,
  of: { observationOf: ObservationOf; joins: boolean },
): Promise<Sample[]> {
  const rows = await readCircuitRows(store, circuit.id);
  const view = rows === undefined ? undefined : await circuitView(store, inventory, rows);
  return view === undefined ? [] : circuitSamples(view, of);
}

async function ofGateway(
  { store, inventory }: Sources,
  gateway: StoredResource,
  observationOf: ObservationOf,
): Promise<Sample[]> {
  const network = await store.read(networkIdOf(gateway));
  const observation = network && observationOf(gatewayHostOf(inventory, network));
  const number = numberAt(gateway.assigned, "number");
  if (network === undefined || observation === undefined || number === undefined) return [];
  const labels = { resource_id: gateway.id };
  const samples = trafficSamples(meterNamed(observation, gatewayMeter(number)), labels, {
    bytes: "causeway_gateway_bytes",
    packets: "causeway_gateway_packets",
    droppedPackets: "causeway_gateway_dropped_packets",
  });
  for (const instance of INSTANCES) {
    const vrf = gatewayVrf(number, instance);
    for (const { address, state, prefixesReceived } of observation.sessions.filter(
      (session) => session.vrf === vrf,
    )) {
      const at = { ...labels, role_instance: String(instance), bgp_peer_address: address };
      samples.push(gauge("causeway_gateway_bgp_up", at, state === "Established"));
      for (const [family, value] of Object.entries(prefixesReceived))
        samples.push({
          family: "causeway_gateway_routes_learned",
          labels: { ...at, family },
          value,
        });
    }
  }
  for (const connection of await connectionsOfGateway(store, gateway.id))
    samples.push(...ofConnection(connection, observation));
  samples.push(
    ...roomSamples(observation, gatewayRoom(number), {
      labels,
      families: {
        received: "causeway_gateway_routes",
        discarded: "causeway_gateway_routes_discarded",
      },
    }),
  );
  const { routes } = capacityOfGateway(gateway);
  samples.push({ family: "causeway_gateway_routes_limit", labels, value: routes });
  const subnets = await store.list({ type: types.subnet, parentId: network.id });
  let machines = 0;
  for (const { id } of subnets)
    machines += (await store.list({ type: types.virtualMachine, referring: id })).length;
  return [...samples, { family: "causeway_gateway_machines", labels, value: machines }];
}

function ofConnection(connection: StoredResource, observation: Observation): Sample[] {
  const meter = meterNamed(
    observation,
    connectionMeter(numberAt(connection.assigned, "tunnelBlock") ?? -1),
  );
  const labels = { resource_id: connection.id, connection_name: connection.name };
  const value = numberAt(connection.observed, FALL_BACKS) ?? 0;
  const fallBacks = { family: "causeway_fastpath_fallbacks" as const, labels, value };
  return [
    ...trafficSamples(meter, labels, {
      bytes: "causeway_connection_bytes",
      droppedBytes: "causeway_connection_dropped_bytes",
    }),
    ...(isFastPath(connection) ? [fallBacks] : []),
  ];
}

function ofPort(
  { inventory }: Sources,
  row: StoredResource,
  observationOf: ObservationOf,
): Sample[] {
  return directPorts(inventory, row).flatMap(({ node, port, enabled }, index) => {
    const labels = { resource_id: row.id, link: `link${index + 1}` };
    const seen = observationOf(node)?.ports.find((one) => one.port === port);
    return [
      gauge("causeway_port_admin_enabled", labels, enabled),
      ...(seen === undefined ? [] : [gauge("causeway_port_up", labels, seen.up)]),
      ...lightSamples(seen?.light, labels),
    ];
  });
}

/** For who runs the fabric. */
function ofNodes(reports: Iterable<Report>): Sample[] {
  return [...reports].flatMap(({ node, error, fragments, observation }) => {
    const isFailing = error !== undefined || fragments.some(({ state }) => state === "failed");
    const unknown = (observation?.ports ?? []).flatMap(({ port, unknownTagPackets: value }) =>
      value === undefined
        ? []
        : [{ family: "causeway_port_unknown_tag_frames" as const, labels: { node, port }, value }],
    );
    return [gauge("causeway_node_failing", { node }, isFailing), ...unknown];
  });
}
