/** The failover tests of a circuit or a gateway, newest first, as the store keeps them until the resource goes. */
import type { LinkName } from "../../domain/failover.ts";
import type { JsonObject, RecordReader, StoredResource, StoreWriter } from "../../store/store.ts";
import type { Call, Reply } from "../context.ts";
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

/** What is said of it from now on; one that is no longer kept stays forgotten. */
export async function amendTest<Test extends Kept>(
  writer: StoreWriter,
  resource: StoredResource,
  { testId, ...changes }: Partial<Test> & Pick<Kept, "testId">,
): Promise<void> {
  const kept = (await readTests<Test>(writer, resource)).find((one) => one.testId === testId);
  if (kept === undefined) return;
  const issues = [...kept.issues, ...(changes.issues ?? [])];
  await keepTest<Test>(writer, resource, { ...kept, ...changes, issues });
}

const isOpen = ({ stoppedAt }: Kept) => stoppedAt === undefined;

export async function openTest<Test extends Kept>(
  reader: RecordReader,
  resource: StoredResource,
): Promise<Test | undefined> {
  return (await readTests<Test>(reader, resource)).find(isOpen);
}

/** What a test is shown with. */
export type Shown<Test, Now> = {
  readonly test: Test;
  readonly status: TestStatus;
  /** Of a test that is not over. */
  readonly now: Now | undefined;
};

/** Each as `row` shows it, with how far the nodes are and what they say now. */
export async function showTests<Test extends Kept, Now>(
  call: Call,
  resource: StoredResource,
  {
    asked,
    now,
    row,
  }: {
    readonly asked: readonly Test[];
    readonly now: (call: Call, resource: StoredResource, test: Test) => Promise<Now>;
    readonly row: (shown: Shown<Test, Now>) => JsonObject;
  },
): Promise<Reply> {
  const body = await Promise.all(
    asked.map(async (test) => {
      const status = await statusOf(call, resource, test);
      return row({ test, status, now: isOpen(test) ? await now(call, resource, test) : undefined });
    }),
  );
  return { status: 200, body };
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
