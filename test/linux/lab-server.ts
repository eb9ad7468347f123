/** A server on a lab and a data folder of its own; all of it goes with the test, also when that fails. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/base/clock.ts";
import type { Log } from "../../src/base/log.ts";
import { leftovers, razeCabling } from "../../src/drivers/cabling.ts";
import { snapshotNode } from "../../src/drivers/snapshot.ts";
import { cablingOf } from "../../src/fabric/inventory.ts";
import { loadInventory } from "../../src/main/commands/context.ts";
import { signedIn } from "../../src/main/commands/signed-in.ts";
import { DataFolder } from "../../src/main/data-folder.ts";
import type { Parties } from "../../src/main/demo/order.ts";
import { type Variant, variants } from "../../src/main/demo/variants.ts";
import { type Up, up } from "../../src/main/up.ts";

const program = fileURLToPath(new URL("../../bin/causeway.mjs", import.meta.url));
const CONVERGED_WITHIN_MS = 40_000;

export type Health = { readonly status: string; readonly nodesFailing: readonly string[] };

export function variantNamed(name: string): Variant {
  const found = variants.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no variant ${name}`);
  return found;
}

/** Asks until the answer is there. */
export async function until<Value>(
  what: string,
  read: () => Promise<Value | undefined>,
  ms = CONVERGED_WITHIN_MS,
): Promise<Value> {
  for (const end = performance.now() + ms; ; await systemClock.sleep(100)) {
    const value = await read();
    if (value !== undefined) return value;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
  }
}

export async function partiesOf(data: string): Promise<Parties> {
  const [customer, provider, operator] = await Promise.all([
    signedIn(data, "customer"),
    signedIn(data, "provider"),
    signedIn(data, "operator"),
  ]);
  return {
    customer: customer.client,
    provider: provider.client,
    operator: operator.client,
    customerSubscription: customer.principal.subscriptionId,
    providerSubscription: provider.principal.subscriptionId,
  };
}

export async function converged({ operator }: Parties): Promise<void> {
  let last: unknown;
  await until("the fabric is converged", async () => {
    const health = await operator.get<Health & { scopesDirty: number }>("/causeway/health");
    last = health;
    return health.status === "converged" && health.scopesDirty === 0 ? true : undefined;
  }).catch(async (error: Error) => {
    const { value } = await operator.get<{
      value: { error?: string; fragmentsFailed: object[] }[];
    }>("/causeway/nodes");
    const bad = value.filter(
      ({ error, fragmentsFailed }) => error !== undefined || fragmentsFailed.length > 0,
    );
    throw new Error(`${error.message}: ${JSON.stringify(last)} ${JSON.stringify(bad)}`);
  });
}

export type LabServer = Up & { readonly parties: Parties } & AsyncDisposable;

/** A server in this process. */
export async function startLabServer(
  options: { log?: Log; fabric?: string } = {},
): Promise<LabServer> {
  const data = await temporaryFolder();
  let running: Up | undefined;
  const clear = async () => {
    await running?.stop();
    await removeLab(data);
  };
  try {
    const { fabric, ...rest } = options;
    const file = join(data, "fabric.yaml");
    if (fabric !== undefined) await writeFile(file, fabric);
    const settings = { data, listen: "127.0.0.1:0", nodes: "linux" } as const;
    const chosen = fabric === undefined ? settings : { ...settings, fabric: file };
    running = await up(chosen, { ...rest, say: () => {} });
    const parties = await partiesOf(data);
    await converged(parties);
    return { ...running, parties, [Symbol.asyncDispose]: clear };
  } catch (error) {
    await clear();
    throw error;
  }
}

export type Wrapper = readonly string[];

type StartOptions = {
  readonly wrapper?: Wrapper;
  readonly nodes?: "linux" | "simulated";
  readonly more?: readonly string[];
};

/** A server in a process of its own, to be killed and started again on the same data folder. */
export class ServerProcess implements AsyncDisposable {
  readonly data: string;
  #child: ChildProcess | undefined;
  #said = "";

  private constructor(data: string) {
    this.data = data;
  }

  static async create(data?: string): Promise<ServerProcess> {
    return new ServerProcess(data ?? (await temporaryFolder()));
  }

  /** Resolves when the server answers. `wrapper` is put in front of the command. */
  async start(options: StartOptions = {}): Promise<void> {
    const { wrapper = [], nodes = "linux", more = [] } = options;
    const words = ["up", "--data", this.data, "--listen", "127.0.0.1:0", "--nodes", nodes];
    const argv = [...wrapper, process.execPath, program, ...words, "--json", ...more];
    const child = spawn(argv[0] ?? "", argv.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.#said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-200_000);
    });
    await new Promise<void>((resolve, reject) => {
      child.stdout.once("data", () => resolve());
      child.once("error", reject);
      child.once("close", (code) => reject(new Error(`up ended with ${code}: ${this.#said}`)));
    });
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async lab(): Promise<string> {
    return (await new DataFolder(this.data).readLab()) ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await removeLab(this.data);
  }
}

export async function causeway(
  words: readonly string[],
  { wrapper = [], env }: { wrapper?: Wrapper; env?: NodeJS.ProcessEnv } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const argv = [...wrapper, process.execPath, program, ...words];
  const child = spawn(argv[0] ?? "", argv.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    ...(env === undefined ? {} : { env }),
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Everything on every node, sorted. */
export async function snapshotLab(lab: string): Promise<string[]> {
  const { nodes } = cablingOf((await loadInventory(undefined)).inventory);
  return (await Promise.all(nodes.map((node) => snapshotNode(lab, node)))).flat().sort();
}

export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "causeway-test-"));
}

/** A lab and the data folder that names it; fails when something is left. */
export async function removeLab(data: string): Promise<void> {
  const lab = await new DataFolder(data).readLab();
  await rm(data, { recursive: true, force: true });
  if (lab === undefined) return;
  await razeCabling(lab);
  const left = await leftovers(lab);
  if (left.length > 0) throw new Error(`left over: ${left.join(", ")}`);
}
