/** `docs/twin.md`: how often the simulated fabric and the real one say the same. Pure. */
import type { TwinResult } from "./agreement.ts";
import type { Disagreement } from "./finding.ts";

export type Run = {
  readonly from: number;
  readonly date: string;
  readonly machine: string;
  readonly seconds: number;
  readonly result: TwinResult;
};

export function twinPage({ from, date, machine, seconds, result }: Run): string {
  const { seeds, agree, facts } = result;
  const share = ((100 * agree) / seeds).toFixed(1);
  const command = `npm run twin -- --seeds ${seeds} --from ${from} --publish`;
  return `${[
    "# The twin",
    "",
    intro,
    "",
    "| seeds | cases | agree | share | facts compared |",
    "| --- | ---: | ---: | ---: | ---: |",
    `| ${from}–${from + seeds - 1} | ${seeds} | ${agree} | ${share} % | ${facts} |`,
    "",
    `\`${command}\` on ${date}, ${seconds} s; ${machine}. Any seed is a case; \`--json\` prints the finding as one object.`,
    "",
    "## Disagreements of this run",
    "",
    ...list(result.disagreements),
    "",
    "## Disagreements found before, and what was mended",
    "",
    ...mended,
  ].join("\n")}\n`;
}

const intro = `Every seed makes three to six routers with some links between them, some beside each other, and on them: sessions over IPv4, IPv6
or both, with and without BFD and MD5, some with two different keys, a wrong AS number or switched off; AS numbers of two and four
bytes, two routers of one AS now and then; import and export policies with prefix lists, weights, prepending and communities;
networks inside each other and from several routers; static routes. The same fragments go to FRR in namespaces and to the simulated nodes. Compared are, for
each router: sessions and how many prefixes they brought, every path of BGP's table with its AS path and weight and which is best, the
forwarding table as the node reports it and as the kernel has it, and pings between hosts, except where equal ways make the answer
depend on the flow. A weight stands only where no other router passes through, for there circles of wishes have no one outcome (RFC 4264).`;

const mended: readonly string[] = [
  "- Of two equal paths FRR kept the one that came first, so that the same fabric took other ways another day; the intent's routers now compare router identifiers.",
  "- Within an autonomous system FRR shares traffic over as many paths as it was built for; `maximumPaths` now holds there too.",
  "- Static routes that we put into the kernel were reported as the kernel's.",
  "- The simulated fabric took an IPv4 packet in that came back to the router whose address it was from; Linux drops it (RFC 1812 §5.3.7).",
  "- It also passed packets on whose source the router has no route to; the datapath drops them (RFC 3704 §2.4).",
  "- Where more paths are equal than are taken, FRR takes those of the lowest next hops and not of the lowest router identifiers.",
];

function list(disagreements: readonly Disagreement[]): string[] {
  if (disagreements.length === 0) return ["None."];
  return [
    "| seed | node | what | simulated | Linux |",
    "| --- | --- | --- | --- | --- |",
    ...disagreements.map(
      ({ seed, node, prefix, simulated, linux }) =>
        `| ${seed} | ${node} | ${prefix} | ${simulated} | ${linux} |`,
    ),
  ];
}
