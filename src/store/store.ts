/**
 * The store: desired resources, operations, allocations, dirty scopes, intents and reports.
 *
 * One narrow contract; SQLite in process, PostgreSQL later. A transaction is atomic and durable once
 * its promise resolves (I2). Resources are JSON beside the columns that are searched.
 */

import type { RoleAssignment } from "../domain/role-assignment.ts";
import type { JsonObject, StoreWriter as StateWriter, StoreReader } from "../domain/state.ts";
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

export interface StoreWriter extends StateWriter, RecordReader, AccessReader {
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

export interface Store extends StoreReader, RecordReader, AccessReader {
  /** Runs the work alone; its writes become durable together, or not at all when it throws. */
  transaction<T>(work: (writer: StoreWriter) => Promise<T>): Promise<T>;

  /** Scopes marked dirty and not settled since, oldest first. */
  dirtyScopes(limit: number): Promise<readonly DirtyScope[]>;
  /** Forgets a mark unless the scope was marked again after `token`. */
  settleDirty(dirty: DirtyScope): Promise<void>;

  intentChange(node: NodeName, since: number): Promise<IntentChange | undefined>;
  /** The fragments that are wanted of a node, and whose they are. */
  fragmentOwners(node: NodeName): Promise<readonly { key: string; owner: string }[]>;
  /** Kept until the next one; `observation` is replaced as a whole. */
  writeReport(report: Report): Promise<void>;
  readReport(node: NodeName): Promise<Report | undefined>;

  close(): Promise<void>;
}
