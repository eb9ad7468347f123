/** A fabric with as many circuits as asked for, a site for every fifty: two edges, a provider's two switches, a router for each customer. */
import type { CrossConnectFragment, Fragment } from "../fabric/intent.ts";
import {
  cablingOf,
  crossConnect,
  customerVrf,
  edgeVrf,
  type SampleFabric,
} from "./sample-fabrics.ts";

const CIRCUITS_PER_SITE = 50;

export type SampleSites = SampleFabric & {
  readonly circuits: readonly {
    readonly circuit: string;
    readonly from: { readonly node: string; readonly vrf: string };
    readonly source: string;
    readonly address: string;
  }[];
};

export function sampleSites(count: number): SampleSites {
  const intents: Record<string, Fragment[]> = {};
  const links: string[] = [];
  const put = (node: string, ...fragments: Fragment[]) => {
    intents[node] = [...(intents[node] ?? []), ...fragments];
  };
  const circuits = Array.from({ length: count }, (_, index) => {
    const site = Math.floor(index / CIRCUITS_PER_SITE);
    const circuit = `c${index}`;
    const node = `ce${index}`;
    const tags = [(index % CIRCUITS_PER_SITE) + 1, 10];
    const sample = { name: circuit, tags };
    for (const side of [0, 1] as const) {
      const [edge, provider] = [`edge${site}-${side}`, `switch${site}-${side}`];
      if (index % CIRCUITS_PER_SITE === 0) links.push(`${edge}:nni ${provider}:nni`);
      links.push(`${provider}:p${index} ${node}:p${side}`);
      put(edge, edgeVrf(sample, side));
      put(provider, lineOf(circuit, { outer: tags[0] ?? 0, port: `p${index}` }));
    }
    put(node, customerVrf({ ...sample, customerTags: [10] }, ["p0", "p1"]));
    return { circuit, from: { node, vrf: circuit }, source: "10.1.0.1", address: "10.100.0.1" };
  });
  return { cabling: cablingOf(links), intents, circuits };
}

function lineOf(name: string, at: { outer: number; port: string }): CrossConnectFragment {
  return crossConnect(
    name,
    [
      { kind: "port", port: "nni", outer: at.outer, exclusive: false },
      { kind: "port", port: at.port, outer: null, exclusive: true },
    ],
    true,
  );
}
