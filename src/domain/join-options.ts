/**
 * What the published API has no field for: what crosses a join of two circuits, and how fast. In the same bag
 * as a peering's options, `properties.causeway`, seen from the circuit where the join was made.
 */
import { z } from "zod";
import type { PrefixMatch } from "../fabric/intent.ts";
import { type ArmError, refuse } from "./errors.ts";
import { Matches, matchOf, matchRefusals } from "./prefix-list.ts";
import { whole } from "./values.ts";

const bag = "properties.causeway";

export const JoinOptionsBody = z.strictObject(
  {
    importPrefixes: Matches.optional(),
    exportPrefixes: Matches.optional(),
    rateMbps: whole(1, 400_000).optional(),
  },
  { error: "must be an object, or null to go back to the defaults" },
);

type Sent = z.infer<typeof JoinOptionsBody>;

export type JoinOptions = {
  /** What is taken from the other circuit's customer. Absent: everything. An empty list: nothing. */
  readonly importPrefixes?: readonly PrefixMatch[];
  /** What is given to it. */
  readonly exportPrefixes?: readonly PrefixMatch[];
  /** Each way, on each of the two links. Absent: the circuits' own rates alone. */
  readonly rateMbps?: number;
};

/** Of a stored join. */
export function joinOptionsOf(stored: unknown): JoinOptions {
  const parsed = JoinOptionsBody.safeParse(stored ?? {});
  const { importPrefixes, exportPrefixes, rateMbps }: Sent = parsed.success ? parsed.data : {};
  return {
    ...(importPrefixes && { importPrefixes: importPrefixes.map(matchOf) }),
    ...(exportPrefixes && { exportPrefixes: exportPrefixes.map(matchOf) }),
    ...(rateMbps !== undefined && { rateMbps }),
  };
}

/** `leastMbps` is what the smaller of the two circuits carries. */
export function* joinOptionsRefusals(
  options: Sent | null | undefined,
  leastMbps: number,
): Generator<ArmError> {
  if (!options) return;
  const { rateMbps } = options;
  if (rateMbps !== undefined && rateMbps > leastMbps) {
    yield refuse(
      "LimitExceeded",
      `${bag}.rateMbps`,
      `${bag}.rateMbps is refused: ${rateMbps} Mbps are more than the ${leastMbps} of the smaller circuit; send 1..${leastMbps}, or leave it out.`,
    );
  }
  for (const field of ["importPrefixes", "exportPrefixes"] as const)
    yield* matchRefusals(options[field] ?? [], `${bag}.${field}`);
}
