/** A lab with the circuits of one variant standing, and what its routers say: for tests that change one thing. */
import { FrrDriver } from "../../../src/drivers/frr/frr.ts";
import { nodePaths } from "../../../src/drivers/places.ts";
import { namespaceOfVrf } from "../../../src/drivers/vrf-slots.ts";
import type { SessionObservation } from "../../../src/fabric/report.ts";
import * as bodies from "../../../src/main/demo/bodies.ts";
import type { Variant } from "../../../src/main/demo/variants.ts";
import { circuitVrf } from "../../../src/plan/names.ts";
import { converged, type LabServer, until, variantNamed } from "../lab-server.ts";
import { type Ordered, order, sessionsUp } from "../orders.ts";
import { borrowLab } from "./borrowed-lab.ts";

export type OneSite = AsyncDisposable & {
  readonly server: LabServer;
  readonly lab: string;
  readonly variant: Variant;
  readonly names: bodies.Names;
  readonly circuits: readonly Ordered[];
};

/** The edges, the router at the customer's end and the gateway's host. */
export async function raiseSite(variantName: string, routers: readonly string[]): Promise<OneSite> {
  const server = await borrowLab();
  try {
    const lab = (await server.folder.readLab()) ?? "";
    const variant = variantNamed(variantName);
    const circuits = await order(server.parties, variant);
    await sessionsUp(lab, { nodes: routers, count: 16 * circuits.length });
    const names = bodies.namesOf(variant, server.parties.customerSubscription);
    const end = () => server[Symbol.asyncDispose]();
    return { server, lab, variant, names, circuits, [Symbol.asyncDispose]: end };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

/** Writes the peering with these changes, and waits until the nodes have it. */
export async function changePeering(
  { server, names, variant }: OneSite,
  changes: object,
  index = 0,
): Promise<void> {
  const { properties } = bodies.peering(variant, index) as { properties: object };
  const body = { properties: { ...properties, ...changes } };
  const { customer } = server.parties;
  await customer.waitFor(await customer.put(names.peering(index), body));
  await converged(server.parties);
}

/** The VRF of a circuit on a node, as its daemons name it. */
export function vrfAt({ lab }: OneSite, node: string, { serviceKey }: Ordered): string {
  return namespaceOfVrf(nodePaths(lab, node), circuitVrf(serviceKey)) ?? "default";
}

export function ask(
  { lab }: OneSite,
  node: string,
  line: string,
  daemon: "bgpd" | "zebra" | "bfdd" = "bgpd",
): Promise<string> {
  return new FrrDriver(nodePaths(lab, node)).ask(daemon, line);
}

export async function askJson<Shape>(site: OneSite, node: string, line: string): Promise<Shape> {
  return JSON.parse(await ask(site, node, line)) as Shape;
}

/** A session as the node reports it, once it is as it should be. */
export function session(
  { server }: OneSite,
  at: { readonly node: string; readonly address: string },
  isRight: (session: SessionObservation) => boolean,
): Promise<SessionObservation> {
  let last: unknown;
  return until(`${at.node} reports ${at.address} as it should be`, async () => {
    const node = server.backend.nodes.find(({ name }) => name === at.node);
    const observation = await node?.observe(AbortSignal.timeout(20_000));
    const found = observation?.sessions.find(({ address }) => address === at.address);
    last = found;
    return found !== undefined && isRight(found) ? found : undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(last)}`);
  });
}
