/** The installed az, unchanged, run again and again as one principal: see az-again.py for what is saved and how. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { azCommand } from "../../src/main/az.ts";
import { DataFolder } from "../../src/main/data-folder.ts";
import { causeway } from "../scenarios/cli-runs.ts";

const again = join(import.meta.dirname, "az-again.py");
/** More at once only stand in each other's way: a command is computing nearly all its time. */
const AT_ONCE_MAX = 4;

type Ended = { readonly code: number; readonly out: string; readonly err: string };

/** Runs one command and gives its answer in JSON; a refusal is thrown with az's words. */
export type Az = (...words: readonly string[]) => Promise<AzAnswer>;
// biome-ignore lint/suspicious/noExplicitAny: whatever az prints; the tests compare it field by field
export type AzAnswer = any;

/** One process, which runs one command after the other. */
class AzProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #tell: ((ended: Ended) => void) | undefined;
  #said = "";

  constructor(python: string, environment: NodeJS.ProcessEnv) {
    this.#child = spawn(python, [again], { stdio: ["pipe", "pipe", "pipe"], env: environment });
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#said += chunk.toString();
    });
    createInterface(this.#child.stdout).on("line", (line) =>
      this.#tell?.(JSON.parse(line) as Ended),
    );
    this.#child.once("close", (code) => {
      const err = `az-again.py ended with ${code}: ${this.#said}`;
      this.#tell?.({ code: code ?? 1, out: "", err });
    });
  }

  run(argv: readonly string[]): Promise<Ended> {
    return new Promise((resolve) => {
      this.#tell = resolve;
      this.#child.stdin.write(`${JSON.stringify({ argv })}\n`);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const closed = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin.end();
    await closed;
  }
}

export class AzShell implements AsyncDisposable {
  readonly az: Az;
  readonly #start: () => AzProcess;
  readonly #all: AzProcess[] = [];
  readonly #idle: AzProcess[] = [];

  constructor(python: string, environment: NodeJS.ProcessEnv) {
    this.#start = () => new AzProcess(python, environment);
    this.az = (...words) => this.#run(words);
  }

  async #run(argv: readonly string[]): Promise<AzAnswer> {
    await turn();
    const one = this.#idle.pop() ?? this.#begin();
    try {
      const { code, out, err } = await one.run(argv);
      if (code !== 0) throw new Error(`az ${argv.join(" ")} ended with ${code}: ${err}`);
      return out.trim() === "" ? undefined : JSON.parse(out);
    } finally {
      this.#idle.push(one);
      next();
    }
  }

  #begin(): AzProcess {
    const one = this.#start();
    this.#all.push(one);
    return one;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((one) => one[Symbol.asyncDispose]()));
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
    // az reads all of it for each command: the one authority that is asked for, not a hundred and more.
    REQUESTS_CA_BUNDLE: folder.file("ca.pem"),
    AZURE_CORE_COLLECT_TELEMETRY: "no",
    AZURE_CORE_SURVEY_MESSAGE: "no",
    AZURE_CORE_ONLY_SHOW_ERRORS: "yes",
  });
}
