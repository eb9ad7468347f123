import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Holdings } from "../domain/prefix-holding/holdings.ts";
import type { Inventory, Site } from "../fabric/inventory.ts";
import type { Carriage, CircuitView } from "../plan/circuit-view.ts";
import type { OwnedFragment } from "../plan/plan.ts";
import type { NodeGeneration, Store, StoredResource, StoreWriter } from "../store/store.ts";

/** What the customers' side of a lab asks of its own nodes; a site without a lab has none. */
export type LabPlan = {
  /** What stands before any circuit: hosts. */
  readonly standing: (inventory: Inventory) => readonly OwnedFragment[];
  /** What the router of a site is with these circuits. */
  readonly site: (
    inventory: Inventory,
    site: Site,
    circuits: readonly CircuitView[],
  ) => readonly OwnedFragment[];
  /** Where the circuit lands. */
  readonly siteOf: (inventory: Inventory, circuit: CircuitView) => Site | undefined;
  /** Where a circuit carried so may land or have landed. */
  readonly sitesOf: (inventory: Inventory, carriage: Carriage) => readonly Site[];
};

export type ReconcileContext = {
  readonly store: Store;
  readonly inventory: Inventory;
  readonly lab?: LabPlan;
  /** What is known at the moment of who may announce which prefix; absent: nothing. */
  readonly holdings?: () => Holdings;
  readonly clock: Clock;
  readonly log: Log;
  /** Nodes may have a newer intent: their agents are told, so that they need not poll. */
  readonly published: (intents: readonly NodeGeneration[]) => void;
  /** Removes a resource and all that it held, once no node has anything of it. */
  readonly finishDelete: (writer: StoreWriter, resource: StoredResource) => Promise<void>;
};

/**
 * What a scope comes down to once planned: the generations its nodes must reach, and whose state hangs
 * on it. The parts are judged each by itself, in this order.
 */
export type Planned = readonly PlannedPart[];

export type PlannedPart = {
  readonly needs: readonly NodeGeneration[];
  /** Keys of the fragments wanted, by node. */
  readonly keys: readonly { readonly node: string; readonly key: string }[];
  readonly resources: readonly StoredResource[];
  /** More of it is asked for once this is so: it is planned again, and nothing is settled yet. */
  readonly goesOn?: true;
};

export type Outcome =
  | { readonly state: "settled" }
  /** Nodes that have yet to say that they reached their intent, and what they complain of. */
  | {
      readonly state: "waiting";
      readonly nodes: readonly string[];
      readonly complaints: readonly string[];
    };
