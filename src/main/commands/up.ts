import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { Command, Option } from "commander";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import type { Terminal } from "../../cli/terminal.ts";
import { answers } from "../answers.ts";
import { DataFolder } from "../data-folder.ts";
import { keepHeapSmall } from "../heap.ts";
import { openSecretFile } from "../secret-file.ts";
import { trustedIssuers } from "../trusted-issuers.ts";
import {
  activityDaysOf,
  DEFAULT_KEEP_ACTIVITY,
  DEFAULT_LISTEN,
  loadInventory,
  parseListen,
  securityOf,
  serverLog,
  type UpOptions,
} from "./context.ts";
import { DEFAULT_DATA } from "./options.ts";

const DETACH_WAIT_MS = 60_000;

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
    .option(
      "--keep-activity <days>",
      "days for which the record of changes is kept",
      DEFAULT_KEEP_ACTIVITY,
    )
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
  const { up } = await import("../up.ts");
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
