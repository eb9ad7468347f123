/**
 * What the control plane knows: resources, operations and what was given out. The store keeps it; the
 * rules of the domain read and write it through these narrow contracts.
 */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export type ProvisioningState = "Updating" | "Succeeded" | "Deleting" | "Failed";

export type StoredResource = {
  /** ARM id in its canonical spelling; compared without case. */
  readonly id: string;
  /** `Microsoft.Network/expressRouteCircuits/peerings`. */
  readonly type: string;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  /** Id of the resource it is a child of; absent for tracked resources. */
  readonly parentId?: string;
  readonly location?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** What the user asked: the writable body, less location and tags (`sku`, `properties`). */
  readonly desired: JsonObject;
  /** What the control plane gave when it accepted the write: service key, S-tag, ports, keys. */
  readonly assigned: JsonObject;
  /** What nodes say, written by reconcilers only. */
  readonly observed: JsonObject;
  readonly provisioningState: ProvisioningState;
  /** Why it is `Failed`. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly etag: string;
  /** Grows with every change of desired state. */
  readonly generation: number;
  readonly createdAt: string;
  readonly updatedAt: string;
};

export type Operation = {
  readonly id: string;
  readonly resourceId: string;
  readonly kind: "write" | "delete" | "action";
  readonly status: "InProgress" | "Succeeded" | "Failed";
  readonly error?: { readonly code: string; readonly message: string };
  /** Body that a finished action answers with. */
  readonly result?: Json;
  /** The resource generation that this operation brought about; it is done when that one is converged. */
  readonly generation: number;
  readonly subscriptionId: string;
  readonly startedAt: string;
  readonly endedAt?: string;
};

export type ResourceQuery = {
  readonly type?: string;
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
  readonly parentId?: string;
  /** Only resources whose desired or assigned state names this id in an `{"id": …}`. */
  readonly referring?: string;
  /** Matches `assigned.serviceKey`. */
  readonly serviceKey?: string;
  /** Matches `assigned.portPair`. */
  readonly portPair?: string;
  /** Matches `assigned.handOff`. */
  readonly handOff?: string;
  /** At most this many, ordered by id, after this id. */
  readonly limit?: number;
  readonly after?: string;
};

/** Reads outside a transaction see the last committed state. */
export interface StoreReader {
  read(id: string): Promise<StoredResource | undefined>;
  list(query: ResourceQuery): Promise<readonly StoredResource[]>;
  /** What `list` finds for each of them, in their order; many that differ in one id cost little more than one. */
  lists(queries: readonly ResourceQuery[]): Promise<readonly (readonly StoredResource[])[]>;
  readOperation(id: string): Promise<Operation | undefined>;
  /** Operations still in progress for a resource, oldest first. */
  openOperations(resourceId: string): Promise<readonly Operation[]>;
  /** Owners and values given out of a pool. */
  allocations(pool: string): Promise<readonly Allocation[]>;
}

export type Allocation = { readonly pool: string; readonly value: number; readonly owner: string };

export interface StoreWriter extends StoreReader {
  /** Inserts or replaces the row; the caller has compared etags. Keeps the `referring` index. */
  putResource(resource: StoredResource): Promise<void>;
  /** Rights on it go too, and with a group, a circuit or a gateway what the platform keeps by ids below it. */
  removeResource(id: string): Promise<void>;
  putOperation(operation: Operation): Promise<void>;
  /** Lowest free value of `from..to` in the pool; what `owner` already has there; undefined when none is free (I4). */
  allocate(request: {
    pool: string;
    owner: string;
    from: number;
    to: number;
  }): Promise<number | undefined>;
  /** Gives back all that the owner holds, in every pool. */
  release(owner: string): Promise<void>;
  /** Marks scopes as needing reconcile; survives a crash. */
  markDirty(scopes: readonly string[]): Promise<void>;
}
