/** Every feature in every variant, one feature after the other, all variants at once in one lab. */
import { messageOf } from "../../src/base/cause.ts";
import type { Variant } from "../../src/main/demo/variants.ts";
import { type Feature, NotApplicable } from "./feature.ts";
import { changes } from "./features/changes.ts";
import { connections } from "./features/connections.ts";
import { faults } from "./features/faults.ts";
import { joins } from "./features/joins.ts";
import { metro } from "./features/metro.ts";
import { packets } from "./features/packets.ts";
import { publicServices } from "./features/public-services.ts";
import { sessions } from "./features/sessions.ts";
import { tables } from "./features/tables.ts";
import { Fabric, type Standing, stand } from "./standing.ts";

/** In this order: the last of them takes everything away. */
export const features: readonly Feature[] = [
  ...packets,
  ...sessions,
  ...tables,
  ...changes,
  ...connections,
  ...joins,
  ...publicServices,
  ...metro,
  ...faults,
];

export type Row = { readonly name: string; readonly cells: Readonly<Record<string, string>> };
export type Matrix = { readonly features: readonly Row[] };

export async function matrixOf(
  chosen: readonly Feature[],
  variants: readonly Variant[],
  say: (line: string) => void,
): Promise<Matrix> {
  await using fabric = await Fabric.raise();
  const all = variants.map(({ name }) => name);
  const stood = await Promise.allSettled(variants.map((variant) => stand(fabric, variant, all)));
  const standings = stood.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const down = new Map(
    stood.flatMap((one, index) =>
      one.status === "rejected" ? [[all[index] ?? "", failure(one.reason)] as const] : [],
    ),
  );
  const rows: Row[] = [];
  for (const feature of chosen) {
    const begun = performance.now();
    const found = await cellsOf(feature, standings);
    const cells = all.map((name) => [name, found.get(name) ?? down.get(name) ?? ""] as const);
    rows.push({ name: feature.name, cells: Object.fromEntries(cells) });
    const bad = cells.filter(([, cell]) => cell.startsWith("fail"));
    say(
      `${feature.name}: ${bad.length === 0 ? "holds" : bad.map((one) => one.join(" ")).join("; ")} (${Math.round(performance.now() - begun)} ms)`,
    );
  }
  return { features: rows };
}

async function cellsOf(
  feature: Feature,
  standings: readonly Standing[],
): Promise<ReadonlyMap<string, string>> {
  const cells = new Map<string, string>();
  for (const wave of feature.cutsHandOff ? wavesOf(standings) : [standings]) {
    await Promise.all(
      wave.map(async (standing) => {
        cells.set(standing.variant.name, await cellOf(feature, standing));
      }),
    );
  }
  return cells;
}

/** Asked once more where it does not hold: on a busy machine a packet is lost, and BFD misses three. */
async function cellOf(feature: Feature, standing: Standing, again = true): Promise<string> {
  try {
    await feature.check(standing);
    return "pass";
  } catch (error) {
    if (error instanceof NotApplicable) return `not applicable: ${error.message}`;
    return again ? cellOf(feature, standing, false) : failure(error);
  }
}

function failure(error: unknown): string {
  const said = messageOf(error);
  return `fail: ${said.replaceAll("\n", " ").slice(0, 400)}`;
}

/** Those of one wave share no hand-off. */
export function wavesOf(standings: readonly Standing[]): readonly (readonly Standing[])[] {
  const waves: { ports: Set<string>; members: Standing[] }[] = [];
  for (const standing of standings) {
    const { node, port } = standing.variant.handOff.primary;
    const at = `${node}:${port}`;
    const free = waves.find(({ ports }) => !ports.has(at));
    if (free === undefined) waves.push({ ports: new Set([at]), members: [standing] });
    else {
      free.ports.add(at);
      free.members.push(standing);
    }
  }
  return waves.map(({ members }) => members);
}
