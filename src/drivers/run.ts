import type { Command } from "./driver.ts";
import { LaunchError, launch } from "./launch.ts";
import { Launcher } from "./launcher.ts";

export type Output = { readonly code: number; readonly stdout: string; readonly stderr: string };
export type RunOptions = {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Packets are lost until it has run: it does not wait for its turn. */
  readonly urgent?: boolean;
};

const timeoutMsDefault = 30_000;

/** A program ended with a failure. Its input is never quoted: it may hold keys. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly output: Output | undefined;

  constructor(message: string, output?: Output, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.output = output;
  }
}

/** Runs a program to its end and fails with its own words when it fails. */
export async function run(command: Command, options: RunOptions = {}): Promise<string> {
  const output = await runAnyway(command, options);
  if (output.code === 0) return output.stdout;
  const said = output.stderr.trim() || output.stdout.trim() || "it said nothing";
  throw new CommandError(
    `${command.why}: ${programOf(command)} ended with ${output.code}: ${said.slice(0, 2000)}`,
    output,
  );
}

/** Runs a program to its end and leaves the judgement of its exit code to the caller. */
export async function runAnyway(command: Command, options: RunOptions = {}): Promise<Output> {
  if (options.urgent !== true) await nextTurn();
  return start(command, options);
}

type Starter = Pick<Launcher, "launch">;

const itself: Starter = { launch };
let starter: Starter = itself;
let reader: Launcher | undefined;

/** From now on programs are started by another process; without one, by this one again. */
export function startProgramsBy(other: Launcher | undefined): void {
  starter = other ?? itself;
  reader = other;
}

/** The process that reads the kernel: the one that starts programs, or where there is none one of its own. */
export function kernelReader(): Launcher {
  reader ??= new Launcher();
  return reader;
}

let turns: Promise<void> = Promise.resolve();

/**
 * Starting a program stops the whole process for milliseconds, and two dozen nodes may be looked at
 * together. One start in each turn of the event loop lets what is urgent come between.
 */
function nextTurn(): Promise<void> {
  if (starter !== itself) return Promise.resolve();
  turns = turns.then(() => new Promise((resolve) => setImmediate(resolve)));
  return turns;
}

async function start(command: Command, options: RunOptions): Promise<Output> {
  const timeoutMs = options.timeoutMs ?? timeoutMsDefault;
  const { argv, input } = command;
  const request = { argv, timeoutMs, ...(input === undefined ? {} : { input }) };
  const { killed, ...output } = await starter
    .launch(request, options.signal)
    .catch((cause: unknown) => {
      throw startError(command, cause);
    });
  if (killed === undefined) return output;
  const reason = `${command.why}: ${programOf(command)} was ended by ${killed} after at most ${timeoutMs} ms`;
  throw new CommandError(reason);
}

/** Does `work` for every item, at most `width` at once; programs of one lab share few processors. */
export async function eachOf<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index] as Item;
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}

function startError(command: Command, cause: unknown): CommandError {
  const program = command.argv[0];
  const missing = cause instanceof LaunchError && cause.code === "ENOENT";
  const reason = missing
    ? `${command.why}: the program ${program} is not installed; install the package that holds it (${packageOf(program)})`
    : `${command.why}: ${program} could not be run`;
  return new CommandError(reason, undefined, cause);
}

export function packageOf(program: string): string {
  const packages: Readonly<Record<string, string>> = {
    ip: "iproute2",
    tc: "iproute2",
    nsenter: "util-linux",
    unshare: "util-linux",
    mount: "mount",
    umount: "mount",
    sysctl: "procps",
    ping: "iputils-ping",
    nft: "nftables",
    zebra: "frr",
    bgpd: "frr",
    bfdd: "frr",
  };
  return `apt-get install ${packages[program] ?? program}`;
}

/** The program that does the work, without the wrappers that put it into a namespace. */
function programOf({ argv }: Command): string {
  const inner = argv.filter((word) => word !== "nsenter" && !/^--(mount|net)=/.test(word));
  return inner.slice(0, 4).join(" ");
}
