import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { jsonLog, type Log } from "../../base/log.ts";
import { readFabricFile } from "../../cli/fabric.ts";
import { UsageError } from "../../cli/usage-error.ts";
import { parseFabricFile } from "../../fabric/fabric-file.ts";
import { type Inventory, withRegistryPaths } from "../../fabric/inventory.ts";
import { ACTIVITY_KEPT } from "../../store/store.ts";
import type { Security } from "../listener.ts";
import { missingPackages } from "../setup.ts";

export const DEFAULT_LISTEN = "127.0.0.1:8443";
export const DEFAULT_KEEP_ACTIVITY = String(ACTIVITY_KEPT.days);

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

const shippedFabric = new URL("../../../fabrics/lab.yaml", import.meta.url);

export async function loadInventory(
  file: string | undefined,
): Promise<{ inventory: Inventory; text: string }> {
  const text = await readFabricFile(file ?? shippedFabric);
  const { inventory, faults } = parseFabricFile(text);
  const name = file ?? fileURLToPath(shippedFabric);
  const whole = (path: string) => resolve(dirname(name), path);
  if (inventory !== undefined) return { inventory: withRegistryPaths(inventory, whole), text };
  const lines = faults.map(
    ({ line, column, path, message }) =>
      `  ${name}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}`,
  );
  throw new UsageError(
    `The fabric file has ${faults.length} fault${faults.length === 1 ? "" : "s"}:\n${lines.join("\n")}`,
  );
}

/** Why this machine cannot carry a Linux fabric; undefined when it can. */
export async function whyNotLinux(): Promise<string | undefined> {
  if (process.platform !== "linux")
    return `this is ${process.platform}, and real nodes are Linux network namespaces`;
  if (process.getuid?.() !== 0)
    return "this user is not root, and namespaces, FRR and eBPF need root";
  const missing = await missingPackages();
  return missing.length === 0
    ? undefined
    : `these Debian packages are missing: ${missing.join(", ")} ('causeway setup' installs them)`;
}

export function securityOf(options: {
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly plainHttp?: boolean;
}): Security {
  const { tlsCert: certFile, tlsKey: keyFile, plainHttp } = options;
  if (certFile === undefined && keyFile === undefined)
    return { kind: plainHttp ? "plain" : "local" };
  if (certFile === undefined || keyFile === undefined)
    throw new UsageError("A certificate needs its key: give --tls-cert and --tls-key together.");
  if (plainHttp)
    throw new UsageError("--plain-http serves without TLS; leave out --tls-cert and --tls-key.");
  return { kind: "own", certFile, keyFile };
}

export function parseListen(options: { readonly listen: string; readonly plainHttp?: boolean }): {
  host: string;
  port: number;
} {
  const { listen: text, plainHttp } = options;
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port > 65535)
    throw new UsageError(
      `'${text}' is no address to listen on; write HOST:PORT, such as ${DEFAULT_LISTEN}.`,
    );
  if (plainHttp && !["127.0.0.1", "::1", "localhost"].includes(host)) {
    throw new UsageError(
      `Plain HTTP is for loopback only: '${host}' would send tokens in the clear. Leave out --plain-http, or use ${DEFAULT_LISTEN}.`,
    );
  }
  return { host, port };
}

export function serverLog(): Log {
  return jsonLog((line) => process.stderr.write(line), Date.now);
}

export function activityDaysOf({ keepActivity = DEFAULT_KEEP_ACTIVITY }: UpOptions): number {
  if (/^[1-9]\d{0,4}$/.test(keepActivity)) return Number(keepActivity);
  throw new UsageError(
    `'${keepActivity}' is no number of days to keep the record of changes; write 1..99999.`,
  );
}
