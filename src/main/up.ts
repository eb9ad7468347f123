/** A server of this process, with what it runs on: data folder, nodes, certificates. */
import { systemClock } from "../base/clock.ts";
import { type Log, silentLog } from "../base/log.ts";
import { systemRandom } from "../base/random.ts";
import { UsageError } from "../cli/usage-error.ts";
import type { Inventory } from "../fabric/inventory.ts";
import type { Backend } from "./backend.ts";
import {
  activityDaysOf,
  loadInventory,
  parseListen,
  securityOf,
  type UpOptions,
  whyNotLinux,
} from "./commands/context.ts";
import { DataFolder } from "./data-folder.ts";
import { linuxBackend } from "./linux-backend.ts";
import { refuseTakenPort } from "./listener.ts";
import { openSecretFile } from "./secret-file.ts";
import { type RunningServer, startServer } from "./server.ts";
import { simulatedBackend } from "./simulated-backend.ts";
import { trustAuthorityOf } from "./trust.ts";
import { trustedIssuers } from "./trusted-issuers.ts";

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
    // Before anything is made: a backend makes folders for its nodes.
    await refuseTakenPort(listen);
    backend = await chooseBackend(options, { lab, inventory, log, say });
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
