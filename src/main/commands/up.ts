import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { activityKept } from "../../api/events/recorder.ts";
import { systemClock } from "../../base/clock.ts";
import { type Log, silentLog } from "../../base/log.ts";
import { systemRandom } from "../../base/random.ts";
import type { Terminal } from "../../cli/terminal.ts";
import { UsageError } from "../../cli/usage-error.ts";
import type { Inventory } from "../../fabric/inventory.ts";
import type { Backend } from "../backend.ts";
import { DataFolder } from "../data-folder.ts";
import { keepHeapSmall } from "../heap.ts";
import { linuxBackend } from "../linux-backend.ts";
import { refuseTakenPort } from "../listener.ts";
import { openSecretFile } from "../secret-file.ts";
import { type RunningServer, startServer } from "../server.ts";
import { simulatedBackend } from "../simulated-backend.ts";
import { trustAuthorityOf } from "../trust.ts";
import { trustedIssuers } from "../trusted-issuers.ts";
import {
  DEFAULT_DATA,
  DEFAULT_LISTEN,
  loadInventory,
  parseListen,
  securityOf,
  serverLog,
  whyNotLinux,
} from "./context.ts";

export type UpOptions = {
  readonly data: string;
  readonly listen: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly plainHttp?: boolean;
  readonly oidcIssuer?: readonly string[];
  readonly fabric?: string;
  readonly secrets?: string;
  readonly nodes?: "linux" | "simulated";
  readonly keepActivity?: string;
  readonly compat409?: boolean;
  readonly restored?: boolean;
  readonly detach?: boolean;
  readonly json?: boolean;
};

const DETACH_WAIT_MS = 60_000;
const defaultDays = String(activityKept.days);

export function upCommand(terminal: Terminal): Command {
  return new Command("up")
    .description(
      "Start the server: API, reconcile loop and the agents of all nodes, on a lab of this machine. Adopts what a former run left.",
    )
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .option("--listen <host:port>", "address of the API; port 0 takes any free one", DEFAULT_LISTEN)
    .option("--tls-cert <file>", "certificate chain; default: one of the data folder's authority")
    .option("--tls-key <file>", "key of --tls-cert")
    .option("--plain-http", "serve without TLS, on loopback only: for tests")
    .option("--oidc-issuer <url...>", "issuers whose tokens may stand for accounts")
    .option("--fabric <file>", "fabric file; default: the lab that ships with Causeway")
    .option("--secrets <file>", "what identifiers of a key vault stand for, such as MACsec keys")
    .addOption(
      new Option(
        "--nodes <kind>",
        "real nodes need root on Linux; default: linux where it can be",
      ).choices(["linux", "simulated"]),
    )
    .option("--keep-activity <days>", "days for which the record of changes is kept", defaultDays)
    .option(
      "--compat-409",
      "refuse a write while another to the same circuit goes on, as the original does; without it, it waits",
    )
    .option(
      "--restored",
      "the data folder was put back from a copy: the network becomes what it says, though it was told newer things",
    )
    .option("--detach", "return once the server answers, and leave it running")
    .option("--json", "print where the server is as JSON")
    .action((options: UpOptions) =>
      options.detach ? detach(options, terminal) : runHere(options, terminal),
    );
}

async function runHere(options: UpOptions, terminal: Terminal): Promise<void> {
  keepHeapSmall();
  const log = serverLog();
  // From the first moment: who is told to stop while it starts stops when it has started.
  const told = new Promise<void>((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
  const running = await up(options, { log, say: (line) => terminal.progress(line) });
  announce(options, terminal, {
    endpoint: running.endpoint,
    nodes: running.backend.kind,
    data: running.folder.path,
    pid: process.pid,
  });
  await told;
  terminal.progress(
    "Stopping the server; the network goes on forwarding. 'causeway down' takes it away.",
  );
  await running.stop();
}

export type Up = RunningServer & {
  readonly backend: Backend;
  readonly folder: DataFolder;
  readonly inventory: Inventory;
};

/** Starts a server in this process. */
export async function up(
  options: UpOptions,
  { log = silentLog, say }: { log?: Log; say: (line: string) => void },
): Promise<Up> {
  const listen = parseListen(options);
  const security = securityOf(options);
  const issuers = trustedIssuers(options.oidcIssuer ?? []);
  const activityDays = activityDaysOf(options);
  const { inventory } = await loadInventory(options.fabric);
  const secrets = options.secrets && (await openSecretFile(options.secrets, log));
  const folder = new DataFolder(options.data);
  await folder.ensure();
  const lock = await folder.lock();
  let backend: Backend | undefined;
  try {
    const lab = await folder.ensureLab(systemRandom);
    backend = await chooseBackend(options, { lab, inventory, log, say });
    await refuseTakenPort(listen);
    const before = systemClock.now();
    await backend.raise();
    if (backend.kind === "linux")
      say(
        `Lab '${lab}' is up: ${inventory.nodes.length} nodes, ${inventory.links.length} links, ${((systemClock.now() - before) / 1000).toFixed(1)} s.`,
      );
    const server = await startServer({
      ...{ folder, inventory, backend, listen, security, log },
      trustedIssuers: issuers,
      ...(secrets ? { secrets } : {}),
      activityDays,
      compat409: options.compat409 === true,
      restored: options.restored === true,
    });
    await trustAuthorityOf(folder);
    await folder.writeNote({
      pid: process.pid,
      endpoint: server.endpoint,
      nodes: backend.kind,
      lab,
    });
    const stop = async () => {
      await server.stop();
      lock[Symbol.dispose]();
    };
    return { ...server, stop, backend, folder, inventory };
  } catch (error) {
    backend?.release();
    lock[Symbol.dispose]();
    throw error;
  }
}

function activityDaysOf({ keepActivity = defaultDays }: UpOptions): number {
  if (/^[1-9]\d{0,4}$/.test(keepActivity)) return Number(keepActivity);
  throw new UsageError(
    `'${keepActivity}' is no number of days to keep the record of changes; write 1..99999.`,
  );
}

async function chooseBackend(
  options: UpOptions,
  {
    lab,
    inventory,
    log,
    say,
  }: { lab: string; inventory: Inventory; log: Log; say: (line: string) => void },
): Promise<Backend> {
  if (options.nodes === "simulated") return simulatedBackend(inventory);
  const why = await whyNotLinux();
  if (why === undefined) return linuxBackend({ lab, inventory, log });
  if (options.nodes === "linux")
    throw new UsageError(
      `Real nodes are not possible here: ${why}. 'causeway doctor' tells more; --nodes simulated runs anywhere.`,
    );
  say(`Simulated nodes, because ${why}.`);
  return simulatedBackend(inventory);
}

async function detach(options: UpOptions, terminal: Terminal): Promise<void> {
  const folder = new DataFolder(options.data);
  await folder.ensure();
  // Said here, not in a log that nobody reads yet.
  (await folder.lock())[Symbol.dispose]();
  await loadInventory(options.fabric);
  parseListen(options);
  securityOf(options);
  trustedIssuers(options.oidcIssuer ?? []);
  if (options.secrets) await openSecretFile(options.secrets, silentLog);
  activityDaysOf(options);
  const output = await open(folder.file("server.log"), "a", 0o600);
  const words = process.argv.slice(1).filter((word) => word !== "--detach" && word !== "--json");
  const child = spawn(process.execPath, [...process.execArgv, ...words], {
    detached: true,
    stdio: ["ignore", output.fd, output.fd],
  });
  await output.close();
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  for (
    const started = systemClock.now();
    systemClock.now() - started < DETACH_WAIT_MS;
    await systemClock.sleep(100)
  ) {
    const note = await folder.readNote();
    if (note?.pid === child.pid && note !== undefined && (await answers(note.endpoint, folder))) {
      child.unref();
      announce(options, terminal, {
        endpoint: note.endpoint,
        nodes: note.nodes,
        data: folder.path,
        pid: note.pid,
      });
      return;
    }
    if (ended) break;
  }
  if (!ended)
    throw new Error(
      `The server did not start within ${DETACH_WAIT_MS / 1000} s; it goes on trying, see ${folder.file("server.log")}.`,
    );
  throw new Error(
    `The server did not start. ${await lastWords(folder)} (${folder.file("server.log")})`,
  );
}

/** The last line of the log that is not an entry for programs. */
async function lastWords(folder: DataFolder): Promise<string> {
  const lines = (await readFile(folder.file("server.log"), "utf8")).trimEnd().split("\n");
  return lines.findLast((line) => line !== "" && !line.startsWith("{")) ?? "";
}

export async function answers(endpoint: string, folder: DataFolder): Promise<boolean> {
  try {
    await trustAuthorityOf(folder);
    // Any answer will do: without a token it is a 401.
    await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}

function announce(
  options: UpOptions,
  terminal: Terminal,
  facts: { endpoint: string; nodes: string; data: string; pid: number },
): void {
  if (options.json) {
    terminal.json(facts);
    return;
  }
  terminal.line(`Causeway answers at ${facts.endpoint} (${facts.nodes} nodes).`);
  terminal.line(`Credentials: ${facts.data}/credentials.json`);
  if (facts.endpoint.startsWith("https:") && options.tlsCert === undefined)
    terminal.line(`Authority to trust: ${facts.data}/ca.pem`);
}
