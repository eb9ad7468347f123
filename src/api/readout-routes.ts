/** Read-outs of circuits: ARP, routes, summaries and counters, read from the edges when they are asked for. */
import { notFound, readoutUnavailable, refuse } from "../domain/errors.ts";
import { sameId } from "../domain/fields.ts";
import { peering } from "../domain/peering.ts";
import type { Side } from "../fabric/intent.ts";
import type { Json, StoredResource } from "../store/store.ts";
import type { Call, Reply } from "./context.ts";
import type { PeeringSide, Readouts } from "./readouts.ts";
import { unknownAction } from "./resource-routes.ts";
import { canonicalName } from "./write-resource.ts";

export async function circuitStats(
  call: Call,
  circuit: StoredResource,
  peering?: StoredResource,
): Promise<Reply> {
  return { status: 200, body: { ...(await readoutsOf(call).stats(circuit, peering)) } };
}

export async function circuitTraffic(call: Call, circuit: StoredResource): Promise<Reply> {
  const value = await readoutsOf(call).traffic(circuit);
  return { status: 200, body: { value: value.map((row) => ({ ...row })) } };
}

export async function portStates(call: Call, port: StoredResource): Promise<Reply> {
  const value = await readoutsOf(call).portStates(port);
  return {
    status: 200,
    body: {
      value: value.map(({ lightLevels, ...row }) => ({
        ...row,
        ...(lightLevels === undefined
          ? {}
          : { lightLevels: lightLevels.map((one) => ({ ...one })) }),
      })),
    },
  };
}

export async function sessionsReply(call: Call, where: Omit<PeeringSide, "side">): Promise<Reply> {
  const value = await readoutsOf(call).peeringSessions(where);
  return {
    status: 200,
    body: {
      value: value.map(({ warnings, ...row }) => ({
        ...row,
        ...(warnings === undefined ? {} : { warnings: warnings.map((one) => ({ ...one })) }),
      })),
    },
  };
}

/** `{arpTables|routeTables|routeTablesSummary}/{primary|secondary}`; providers get other names of fields. */
export async function peeringReadout(
  call: Call,
  {
    circuit,
    peeringName,
    rest,
  }: { circuit: StoredResource; peeringName: string; rest: readonly string[] },
  audience: "customer" | "provider",
): Promise<Reply> {
  const [table, path = "", ...more] = rest;
  const [, read] = Object.entries(tables).find(([name]) => sameId(name, table)) ?? [];
  if (read === undefined || more.length > 0) throw unknownAction(rest);
  const side = sideOf(path);
  const id = `${circuit.id}/peerings/${canonicalName(peering, peeringName)}`;
  const row = await call.deps.store.read(id);
  if (row === undefined) {
    throw notFound(
      "ResourceNotFound",
      `BGP peering '${peeringName}' of circuit ${circuit.name} was not found; create it first.`,
    );
  }
  const value = await read(readoutsOf(call), { circuit, peering: row, side }, audience);
  return { status: 200, body: { value } };
}

type Read = (
  readouts: Readouts,
  where: PeeringSide,
  audience: "customer" | "provider",
) => Promise<Json[]>;

const tables: Readonly<Record<string, Read>> = {
  arpTables: async (readouts, where) => (await readouts.arpTable(where)).map((row) => ({ ...row })),
  routeTables: async (readouts, where) =>
    (await readouts.routeTable(where)).map((row) => ({ ...row })),
  routeTablesSummary: async (readouts, where, audience) =>
    (await readouts.routeTableSummary(where)).map((row) =>
      audience === "customer"
        ? { ...row }
        : {
            neighbor: row.neighbor,
            asn: row.as,
            upDown: row.upDown,
            stateOrPrefixesReceived: row.statePfxRcd,
          },
    ),
};

export const tablePaths: readonly string[] = Object.keys(tables);

function sideOf(path: string): Side {
  const side = path.toLowerCase();
  if (side === "primary" || side === "secondary") return side;
  throw refuse(
    "InvalidParameter",
    "devicePath",
    `The path "${path.slice(0, 50)}" is no side of a circuit; send primary or secondary.`,
  );
}

export function readoutsOf({ deps }: Call): Readouts {
  if (deps.readouts !== undefined) return deps.readouts;
  throw readoutUnavailable(
    "No edge can be read from this server; ask one that runs with its fabric.",
  );
}
