/** The installed az, unchanged, run again and again as one principal: see az-forks.py for what is saved and how. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { azCommand } from "../../src/main/az.ts";
import { DataFolder } from "../../src/main/data-folder.ts";
import { ensureTrustBundle } from "../../src/main/trust.ts";
import { causeway } from "../scenarios/cli-runs.ts";

const forks = join(import.meta.dirname, "az-forks.py");
/** More at once only stand in each other's way: a command is computing nearly all its time. */
const AT_ONCE_MAX = 4;

type Ended = {
  readonly id: number;
  readonly code: number;
  readonly out: string;
  readonly err: string;
};

/** Runs one command and gives its answer in JSON; a refusal is thrown with az's words. */
export type Az = (...words: readonly string[]) => Promise<AzAnswer>;
// biome-ignore lint/suspicious/noExplicitAny: whatever az prints; the tests compare it field by field
export type AzAnswer = any;

export class AzShell implements AsyncDisposable {
  readonly az: Az;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #waiting = new Map<number, (ended: Ended) => void>();
  #said = "";
  #count = 0;

  constructor(python: string, environment: NodeJS.ProcessEnv) {
    this.#child = spawn(python, [forks], { stdio: ["pipe", "pipe", "pipe"], env: environment });
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#said += chunk.toString();
    });
    createInterface(this.#child.stdout).on("line", (line) => {
      const ended = JSON.parse(line) as Ended;
      this.#waiting.get(ended.id)?.(ended);
      this.#waiting.delete(ended.id);
    });
    this.#child.once("close", (code) => {
      const err = `az-forks.py ended with ${code}: ${this.#said}`;
      for (const [id, tell] of this.#waiting) tell({ id, code: code ?? 1, out: "", err });
    });
    this.az = (...words) => this.#run(words);
  }

  async #run(argv: readonly string[]): Promise<AzAnswer> {
    await turn();
    try {
      const { code, out, err } = await this.#fork(argv);
      if (code !== 0) throw new Error(`az ${argv.join(" ")} ended with ${code}: ${err}`);
      return out.trim() === "" ? undefined : JSON.parse(out);
    } finally {
      next();
    }
  }

  #fork(argv: readonly string[]): Promise<Ended> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.stdin.write(`${JSON.stringify({ id, argv })}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closed = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin.end();
    await closed;
  }
}

let running = 0;
const queue: (() => void)[] = [];

async function turn(): Promise<void> {
  if (running < AT_ONCE_MAX) running += 1;
  else await new Promise<void>((resolve) => queue.push(resolve));
}

function next(): void {
  const first = queue.shift();
  if (first === undefined) running -= 1;
  else first();
}

/** As a principal of the first start, in the profile that `causeway az` has made for it. */
export async function shellAs(data: string, name: "customer" | "provider"): Promise<AzShell> {
  const first = await causeway("az", "--data", data, "--as", name, "account", "show");
  if (first.code !== 0) throw new Error(`causeway az ended with ${first.code}: ${first.err}`);
  return shellIn(data, name);
}

type Account = { readonly clientId: string; readonly secret: string };

/** As a new customer with a subscription of its own, signed in as clients.md says for a profile by hand. */
export async function shellOfGuest(data: string, name: string): Promise<AzShell> {
  const { out, err } = await causeway("account", "set", name, "--data", data);
  if (out === "") throw new Error(err);
  const { clientId, secret } = JSON.parse(out) as Account;
  const { endpoint, tenantId } = (await new DataFolder(data).readCredentials()) ?? {};
  const shell = await shellIn(data, name);
  const login = ["login", "--service-principal", "-u", clientId, `--password=${secret}`];
  await shell.az("cloud", "register", "-n", "Guest", "--endpoint-resource-manager", endpoint ?? "");
  await shell.az("cloud", "set", "-n", "Guest");
  await shell.az(...login, "--tenant", tenantId ?? "");
  return shell;
}

async function shellIn(data: string, profile: string): Promise<AzShell> {
  const [python = ""] = (await azCommand()) ?? [];
  const folder = new DataFolder(data);
  return new AzShell(python, {
    ...process.env,
    AZURE_CONFIG_DIR: join(folder.file("az"), profile),
    REQUESTS_CA_BUNDLE: await ensureTrustBundle(folder),
    AZURE_CORE_COLLECT_TELEMETRY: "no",
    AZURE_CORE_SURVEY_MESSAGE: "no",
    AZURE_CORE_ONLY_SHOW_ERRORS: "yes",
  });
}
