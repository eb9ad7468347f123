/** The failover tests of a circuit or a gateway, newest first, as the store keeps them until the resource goes. */
import type { LinkName } from "../../domain/failover.ts";
import type { JsonObject, RecordReader, StoredResource, StoreWriter } from "../../store/store.ts";
import type { Call } from "../context.ts";
import type { PathFacts } from "./path-facts.ts";
import type { SiteRoute } from "./site-facts.ts";

type Kept = {
  readonly testId: string;
  readonly startedAt: string;
  readonly startOperation: string;
  readonly stoppedAt?: string;
  readonly stopOperation?: string;
  /** What whoever stopped it said of it. */
  readonly verdict?: JsonObject;
  /** What could not be known. */
  readonly issues: readonly string[];
};

export type LinkTest = Kept & {
  readonly linkType: LinkName;
  /** Just before the start, and just before the stop. */
  readonly before: PathFacts;
  readonly during?: PathFacts;
};

/** Over which connections the gateway has a session, by their ids. */
export type Connected = { readonly checkedAt: string; readonly ids: readonly string[] };

export type SiteTest = Kept & {
  readonly peeringLocation: string;
  /** What joined the gateway to circuits at the start, at every location. */
  readonly joints: readonly {
    readonly id: string;
    readonly name: string;
    readonly location: string;
    readonly circuitId: string;
    readonly circuitName: string;
  }[];
  /** Those that came at the location before the test, with all locations that they came at. */
  readonly routes: readonly SiteRoute[];
  /** Just before the stop. */
  readonly connected?: Connected;
};

const kind = "failoverTest";
const keptMax = 10;

function keyOf({ id }: Pick<StoredResource, "id">): string {
  return `${id.toLowerCase()}/failovertests`;
}

export async function readTests<Test extends Kept>(
  reader: RecordReader,
  resource: StoredResource,
): Promise<readonly Test[]> {
  const body = await reader.readRecord(kind, keyOf(resource));
  // Only `keepTest` writes this kind, and those of one resource are of one type.
  return (body?.["tests"] ?? []) as unknown as readonly Test[];
}

/** In place of what was kept of it, or as a new one. */
export async function keepTest<Test extends Kept>(
  writer: StoreWriter,
  resource: StoredResource,
  test: Test,
): Promise<void> {
  const held = await readTests<Test>(writer, resource);
  const others = held.filter(({ testId }) => testId !== test.testId);
  const tests = [test, ...others].slice(0, keptMax) as unknown as JsonObject[];
  await writer.putRecord({ kind, key: keyOf(resource), body: { name: resource.name, tests } });
}

export type TestStatus =
  | "Starting"
  | "Running"
  | "StartFailed"
  | "Stopping"
  | "Completed"
  | "StopFailed";

/** How far the nodes are with it: its operation says, as long as it is kept, which is a day. */
export async function statusOf(
  { deps }: Call,
  { provisioningState }: StoredResource,
  { startOperation, stopOperation }: Kept,
): Promise<TestStatus> {
  const [going, failed, done] =
    stopOperation === undefined
      ? (["Starting", "StartFailed", "Running"] as const)
      : (["Stopping", "StopFailed", "Completed"] as const);
  const operation = await deps.store.readOperation(stopOperation ?? startOperation);
  if (operation?.status === "InProgress") return going;
  // Work goes on after an operation has failed, and may have succeeded since.
  return operation?.status === "Failed" && provisioningState === "Failed" ? failed : done;
}
