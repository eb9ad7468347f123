/**
 * What the published API has no field for: how a private peering is guarded and filtered. All of it stands
 * in one bag, `properties.causeway`, so that nothing of ours can be taken for a field of the original.
 */
import { z } from "zod";
import type { PrefixMatch } from "../fabric/intent.ts";
import { type ArmError, refuse } from "./errors.ts";
import { limits, privatePrefixesMax } from "./limits.ts";
import { Matches, matchOf, matchRefusals } from "./prefix-list.ts";
import { Flag, oneOf, whole } from "./values.ts";

const bag = "properties.causeway";
const treatments = ["Accept", "Refuse"] as const;

export const PeeringOptionsBody = z.strictObject(
  {
    bfd: z
      .strictObject(
        {
          enabled: Flag.optional(),
          intervalMs: whole(limits.bfdIntervalMs.from, limits.bfdIntervalMs.to).optional(),
          multiplier: whole(limits.bfdMultiplier.from, limits.bfdMultiplier.to).optional(),
        },
        { error: "must be an object with enabled, intervalMs, multiplier" },
      )
      .optional(),
    prefixLimit: z
      .strictObject(
        {
          mode: oneOf(["Discard", "TearDown"]).optional(),
          ipv4: whole(1, limits.privatePrefixes.ipv4Premium).optional(),
          ipv6: whole(1, limits.privatePrefixes.ipv6).optional(),
        },
        { error: "must be an object with mode, ipv4, ipv6" },
      )
      .optional(),
    gtsm: Flag.optional(),
    role: oneOf(["None", "Provider", "ProviderStrict"]).optional(),
    privateAsns: oneOf(["Keep", "Remove"]).optional(),
    defaultRoute: oneOf(treatments).optional(),
    bogons: oneOf(treatments).optional(),
    maximumLength: z
      .strictObject(
        { ipv4: whole(1, 32).optional(), ipv6: whole(1, 128).optional() },
        { error: "must be an object with ipv4, ipv6" },
      )
      .optional(),
    importPrefixes: Matches.optional(),
    exportPrefixes: Matches.optional(),
  },
  { error: "must be an object, or null to go back to the defaults" },
);

type Sent = z.infer<typeof PeeringOptionsBody>;

/** As they are in force: what was not asked for has its default. */
export type PeeringOptions = {
  readonly bfd?: { readonly intervalMs: number; readonly multiplier: number };
  readonly prefixLimit: {
    readonly mode: "Discard" | "TearDown";
    readonly ipv4: number;
    readonly ipv6: number;
  };
  readonly gtsm: boolean;
  readonly role: "None" | "Provider" | "ProviderStrict";
  readonly privateAsns: "Keep" | "Remove";
  readonly defaultRoute: "Accept" | "Refuse";
  readonly bogons: "Accept" | "Refuse";
  readonly maximumLength: { readonly ipv4: number; readonly ipv6: number };
  /** Absent: everything. An empty list: nothing. */
  readonly importPrefixes?: readonly PrefixMatch[];
  readonly exportPrefixes?: readonly PrefixMatch[];
};

/** Of a stored peering, on a circuit of that tier. */
export function peeringOptionsOf(stored: unknown, tier: string): PeeringOptions {
  const parsed = PeeringOptionsBody.safeParse(stored ?? {});
  const sent: Sent = parsed.success ? parsed.data : {};
  const most = privatePrefixesMax(tier);
  const { bfd = {}, prefixLimit = {}, maximumLength = {} } = sent;
  const { intervalMs = 300, multiplier = 3 } = bfd;
  return {
    ...(bfd.enabled === false ? {} : { bfd: { intervalMs, multiplier } }),
    prefixLimit: {
      mode: prefixLimit.mode ?? "Discard",
      // A tier that has shrunk since takes its limit along.
      ipv4: Math.min(prefixLimit.ipv4 ?? most.ipv4, most.ipv4),
      ipv6: Math.min(prefixLimit.ipv6 ?? most.ipv6, most.ipv6),
    },
    gtsm: sent.gtsm ?? false,
    role: sent.role ?? "None",
    privateAsns: sent.privateAsns ?? "Keep",
    defaultRoute: sent.defaultRoute ?? "Accept",
    bogons: sent.bogons ?? "Accept",
    maximumLength: { ipv4: maximumLength.ipv4 ?? 32, ipv6: maximumLength.ipv6 ?? 128 },
    ...(sent.importPrefixes && { importPrefixes: sent.importPrefixes.map(matchOf) }),
    ...(sent.exportPrefixes && { exportPrefixes: sent.exportPrefixes.map(matchOf) }),
  };
}

export const defaultPeeringOptions = peeringOptionsOf(undefined, "Standard");

/** What the shape alone does not tell. */
export function* peeringOptionsRefusals(
  options: Sent | null | undefined,
  tier: string,
): Generator<ArmError> {
  if (!options) return;
  const most = privatePrefixesMax(tier);
  for (const family of ["ipv4", "ipv6"] as const) {
    const asked = options.prefixLimit?.[family];
    if (asked === undefined || asked <= most[family]) continue;
    const target = `${bag}.prefixLimit.${family}`;
    yield refuse(
      "LimitExceeded",
      target,
      `${target} is refused: ${asked} prefixes are more than the ${most[family]} of a ${tier} circuit; send 1..${most[family]}.`,
    );
  }
  for (const field of ["importPrefixes", "exportPrefixes"] as const)
    yield* matchRefusals(options[field] ?? [], `${bag}.${field}`);
}
