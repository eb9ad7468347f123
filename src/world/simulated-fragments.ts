/** Which fragments a simulated node could become, and why it could not become the others. */
import type { Fragment, NodeName, VrfFragment } from "../fabric/intent.ts";
import type { Cabling } from "../fabric/probe.ts";
import type { FragmentResult } from "../fabric/report.ts";
import { vrfModel } from "../routing/node-model.ts";

export function judgeFragments(
  node: NodeName,
  fragments: readonly Fragment[],
  cabling: Cabling,
): readonly FragmentResult[] {
  const isRouting = cabling.nodes.some(({ name, routing }) => name === node && routing);
  const cabled = new Set(
    cabling.links
      .flat()
      .filter((end) => end.node === node)
      .map(({ port }) => port),
  );
  const taken = new Map<string, string>();
  return fragments.map((fragment) => {
    const complaints: string[] = fragment.kind === "vrf" ? [...vrfModel(fragment).complaints] : [];
    if (fragment.kind === "vrf" && speaksBgp(fragment) && !isRouting) {
      complaints.push(`Node ${node} runs no BGP.`);
    }
    for (const port of portsOf(fragment)) {
      if (!cabled.has(port)) complaints.push(`Port ${port} does not exist on node ${node}.`);
    }
    for (const claim of claimsOf(fragment)) {
      const holder = taken.get(claim);
      if (holder !== undefined) complaints.push(`Fragment ${holder} has ${claim} already.`);
      else taken.set(claim, fragment.key);
    }
    if (complaints.length === 0)
      return { key: fragment.key, state: "applied", ...notCarriedOf(fragment) };
    return { key: fragment.key, state: "failed", error: complaints.join(" ") };
  });
}

function notCarriedOf(fragment: Fragment): Pick<FragmentResult, "notCarried"> {
  if (fragment.kind !== "port" || fragment.macSec === undefined) return {};
  return { notCarried: "simulated nodes encrypt nothing" };
}

function speaksBgp({ bgp, frrText }: VrfFragment): boolean {
  return bgp !== undefined || frrText !== undefined;
}

function portsOf(fragment: Fragment): readonly string[] {
  switch (fragment.kind) {
    case "vrf":
      return fragment.interfaces.flatMap((one) => (one.kind === "subinterface" ? one.port : []));
    case "crossConnect":
      return fragment.ends.flatMap((end) => (end.kind === "port" ? end.port : []));
    case "segment":
      return fragment.ports;
    case "port":
      return [fragment.port];
  }
}

/** What only one fragment may have: two owners of the same tags would mix two circuits. */
function claimsOf(fragment: Fragment): readonly string[] {
  if (fragment.kind === "vrf") {
    return [
      `the VRF name ${fragment.name}`,
      ...fragment.interfaces.flatMap((one) =>
        one.kind === "subinterface" ? `tags [${one.tags.join(", ")}] on port ${one.port}` : [],
      ),
    ];
  }
  if (fragment.kind !== "crossConnect") return [];
  return fragment.ends.flatMap((end) => {
    if (end.kind !== "port") return [];
    return end.outer === null
      ? `the whole port ${end.port}`
      : `outer tag ${end.outer} on port ${end.port}`;
  });
}
