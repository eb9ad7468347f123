/** The simulated fabric with some cases on it, and what it says of them. */
import { printPrefix } from "../../src/base/prefix.ts";
import type { Fragment } from "../../src/fabric/intent.ts";
import type { ConvergedFabric } from "../../src/routing/convergence.ts";
import { placeKey } from "../../src/routing/disposition.ts";
import { echo } from "../../src/world/simulated-echo.ts";
import { createSimulatedFabric } from "../../src/world/simulated-fabric.ts";
import { type TwinCase, twinCabling } from "./case.ts";
import { type Facts, type RibPath, ribFacts, routeFacts, sessionFacts } from "./finding.ts";
import { type Ping, pingsOf } from "./pings.ts";

/** Enough that each of some equal ways is taken by one of them. */
const FLOWS = 64;

export type SimulatedTwin = {
  facts(one: TwinCase, pings: readonly Ping[]): Promise<Facts>;
  /** Those whose answer does not depend on which of equal ways a flow is hashed to. */
  decided(one: TwinCase): readonly Ping[];
  /** Whether the case has a stable solution at all. */
  isStable(one: TwinCase): boolean;
};

export async function simulatedTwin(cases: readonly TwinCase[]): Promise<SimulatedTwin> {
  const fabric = createSimulatedFabric(twinCabling);
  const { signal } = new AbortController();
  for (const [node, fragments] of fragmentsByNode(cases)) {
    await fabric.node(node).converge({ node, generation: 1, fragments }, signal);
  }
  fabric.settle();
  const converged = fabric.converged();
  const unstable = new Set(fabric.unstable());
  return {
    isStable: ({ vrf, routers }) =>
      routers.every(({ node }) => !unstable.has(placeKey({ node, vrf }))),
    decided: (one) =>
      pingsOf(one).filter((ping) => {
        const flows = Array.from({ length: FLOWS }, (_, flow) => flow);
        return (
          new Set(flows.map((flow) => answered(converged, one.vrf, { ping, flow }))).size === 1
        );
      }),
    async facts({ vrf, routers }, pings) {
      const facts = new Map<string, ReadonlyMap<string, string>>();
      for (const { node } of routers) {
        const { sessions } = await fabric.node(node).observe(signal);
        const routes = routeFacts(await fabric.node(node).routes(vrf, signal));
        facts.set(
          node,
          new Map([
            ...routes,
            ...routes.map(([prefix, text]) => [`kernel ${prefix}`, kernelWords(text)] as const),
            ...sessionFacts(sessions.filter((each) => each.vrf === vrf)),
            ...ribFacts(ribOf(converged, { node, vrf })),
            ...pings
              .filter(({ from }) => from === node)
              .map((ping) => [ping.name, answered(converged, vrf, { ping, flow: 0 })] as const),
          ]),
        );
      }
      return facts;
    },
  };
}

export function fragmentsByNode(cases: readonly TwinCase[]): Map<string, Fragment[]> {
  const fragments = new Map(twinCabling.nodes.map(({ name }) => [name, [] as Fragment[]]));
  for (const { routers } of cases) {
    for (const { node, fragment } of routers) fragments.get(node)?.push(fragment);
  }
  return fragments;
}

/** The kernel knows where to and not why. */
export function kernelWords(text: string): string {
  return text.split(",")[0]?.replace(/^(bgp|static) /, "") ?? text;
}

function answered(
  fabric: ConvergedFabric,
  vrf: string,
  { ping, flow }: { ping: Ping; flow: number },
): string {
  const { from, source, to: destination } = ping;
  const { isAnswered } = echo(fabric, {
    from: { node: from, vrf },
    source,
    destination,
    protocol: "icmp",
    sourcePort: flow,
    destinationPort: 0,
  });
  return isAnswered ? "answered" : "lost";
}

function ribOf(fabric: ConvergedFabric, place: { node: string; vrf: string }): RibPath[] {
  const key = placeKey(place);
  const group = fabric.groups.get(key);
  const model = fabric.wiring.state.nodes.get(place.node)?.vrfs.get(place.vrf);
  const best = (prefix: string) => group?.selections.get(key)?.get(prefix)?.best;
  const own = (model?.bgp?.networks ?? []).map((network) => {
    const prefix = printPrefix(network);
    const isBest = best(prefix)?.source === "local";
    return { prefix, from: "", path: [], weight: 32_768, isBest };
  });
  const learned = [...fabric.ends.values()]
    .filter((end) => end.node === place.node && end.vrf.name === place.vrf)
    .flatMap((end) => group?.received.get(end.key) ?? [])
    .map((route) => ({
      prefix: route.key,
      from: route.peerAddress,
      path: route.path,
      weight: route.weight,
      isBest: best(route.key)?.peerAddress === route.peerAddress,
    }));
  return [...own, ...learned];
}
