/** Runs of the program as a user would start it, on data folders of their own. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const program = join(root, "bin", "causeway.mjs");

export type Run = { readonly code: number; readonly out: string; readonly err: string };

export function causeway(...argv: readonly string[]): Promise<Run> {
  return run([process.execPath, program, ...argv]);
}

/** The same as nobody, who is not root. */
export function causewayAsNobody(...argv: readonly string[]): Promise<Run> {
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  return run([...nobody, process.execPath, program, ...argv]);
}

/** Told to end (SIGTERM) when `signal` aborts. */
export function causewayUntil(signal: AbortSignal, ...argv: readonly string[]): Promise<Run> {
  return run([process.execPath, program, ...argv], root, signal);
}

export function run(
  [command = "", ...args]: readonly string[],
  cwd = root,
  signal?: AbortSignal,
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      cwd,
    });
    signal?.addEventListener("abort", () => child.kill("SIGTERM"));
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve({ code: code ?? -1, out, err }));
  });
}

export type Place = Disposable & { readonly path: string; readonly data: string };

export function place(): Place {
  const path = mkdtempSync(join(tmpdir(), "causeway-cli-"));
  return {
    path,
    data: join(path, "data"),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

export type Server = AsyncDisposable & {
  readonly data: string;
  readonly endpoint: string;
  readonly pid: number;
};

/** `up --detach` with simulated nodes; stopped with the block that holds it. */
export async function up(data: string, ...more: readonly string[]): Promise<Server> {
  const { code, out, err } = await causeway(
    ...["up", "--detach", "--json", "--nodes", "simulated"],
    ...["--listen", "127.0.0.1:0", "--data", data, ...more],
  );
  if (code !== 0) throw new Error(`up failed: ${err}`);
  const { endpoint, pid } = JSON.parse(out) as { endpoint: string; pid: number };
  return {
    data,
    endpoint,
    pid,
    async [Symbol.asyncDispose]() {
      await causeway("stop", "--data", data);
    },
  };
}
