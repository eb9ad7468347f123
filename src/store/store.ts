/**
 * The store: desired resources, operations, allocations, dirty scopes, intents and reports.
 *
 * One narrow contract; SQLite in process, PostgreSQL later. A transaction is atomic and durable once
 * its promise resolves (I2). Resources are JSON beside the columns that are searched.
 */

import type { ActivityEntry } from "../domain/activity.ts";
import type { RoleAssignment } from "../domain/role-assignment.ts";
import type { JsonObject, StoreWriter as StateWriter, StoreReader } from "../domain/state.ts";
import type { StateEvent, StoredEvent } from "../domain/state-event.ts";
import type { Fragment, IntentChange, NodeName } from "../fabric/intent.ts";
import type { Report } from "../fabric/report.ts";

export type {
  Allocation,
  Json,
  JsonObject,
  Operation,
  ResourceQuery,
  StoredResource,
  StoreReader,
} from "../domain/state.ts";

/** What the platform keeps for itself: accounts and keys. No path names it, and no list of resources shows it. */
export type StoredRecord = {
  readonly kind: string;
  readonly key: string;
  readonly body: JsonObject;
};

export interface RecordReader {
  readRecord(kind: string, key: string): Promise<JsonObject | undefined>;
  /** All of a kind, ordered by key. */
  listRecords(kind: string): Promise<readonly StoredRecord[]>;
}

export interface AccessReader {
  /** Of one principal, or of all; ordered by scope and name. */
  roleAssignments(principalId?: string): Promise<readonly RoleAssignment[]>;
}

export type ActivityQuery = {
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
  readonly resourceId?: string;
  readonly correlationId?: string;
  /** Times, both inclusive, as `Date` prints them. */
  readonly from?: string;
  readonly to?: string;
  /** Only what is older than that entry. */
  readonly before?: number;
  readonly limit: number;
};

/** How much of the past is kept: whichever ends first. */
export type ActivityKept = { readonly days: number; readonly entries: number };
export const ACTIVITY_KEPT: ActivityKept = { days: 90, entries: 100_000 };

export interface HistoryReader {
  /** Newest first. */
  activity(
    query: ActivityQuery,
  ): Promise<readonly { readonly sequence: number; readonly entry: ActivityEntry }[]>;
  /** Oldest first. */
  events(after: number, limit: number): Promise<readonly StoredEvent[]>;
  /** The oldest event that is kept and the newest there was; `first` is above `last` where none is kept. */
  eventSpan(): Promise<{ readonly first: number; readonly last: number }>;
}

export interface StoreWriter extends StateWriter, RecordReader, AccessReader, HistoryReader {
  addActivity(entry: ActivityEntry, kept: ActivityKept): Promise<void>;
  putRoleAssignment(assignment: RoleAssignment): Promise<void>;
  removeRoleAssignment(place: Pick<RoleAssignment, "scope" | "name">): Promise<void>;
  putRecord(record: StoredRecord): Promise<void>;
  removeRecord(kind: string, key: string): Promise<void>;
  /**
   * Makes `fragments` the whole of what `owner` wants of all nodes: what differs is written and the
   * generation of each node concerned grows by one. Returns, for every node that has or had
   * fragments of the owner, the generation that carries the newest of them.
   */
  replaceFragments(
    owner: string,
    fragments: readonly OwnedFragment[],
  ): Promise<readonly NodeGeneration[]>;
}

export type OwnedFragment = { readonly node: NodeName; readonly fragment: Fragment };
export type NodeGeneration = { readonly node: NodeName; readonly generation: number };

export type DirtyScope = { readonly scope: string; readonly token: number };

/** Changes of resources and operations are told as events, in the transaction that makes them. */
export interface Store extends StoreReader, RecordReader, AccessReader, HistoryReader {
  /** Runs the work alone; its writes become durable together, or not at all when it throws. */
  transaction<T>(work: (writer: StoreWriter) => Promise<T>): Promise<T>;

  /** Scopes marked dirty and not settled since, oldest first. */
  dirtyScopes(limit: number): Promise<readonly DirtyScope[]>;
  /** Forgets a mark unless the scope was marked again after `token`. */
  settleDirty(dirty: DirtyScope): Promise<void>;

  intentChange(node: NodeName, since: number): Promise<IntentChange | undefined>;
  /** Of these nodes with what they were told, those that know more than the store: it is an older copy. */
  nodesAhead(told: readonly NodeGeneration[]): Promise<readonly NodeName[]>;
  /** The store's intents become the newest of these nodes, as a whole. */
  overtake(told: readonly NodeGeneration[]): Promise<void>;
  /** The fragments that are wanted of a node, and whose they are. */
  fragmentOwners(node: NodeName): Promise<readonly { key: string; owner: string }[]>;
  /** Kept until the next one; `observation` is replaced as a whole. */
  writeReport(report: Report, events?: readonly StateEvent[]): Promise<void>;
  readReport(node: NodeName): Promise<Report | undefined>;

  /** Calls when events were committed, until the answer is called. */
  onEvents(listener: () => void): () => void;

  close(): Promise<void>;
}
