/** A machine that lacks something, fills up or is taken already: a clear word with the remedy, and nothing lost. */
import fs from "node:fs";
import { readFile, rm, statfs, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ApiError } from "../../src/client/client.ts";
import { daemonPid } from "../../src/drivers/frr/daemons.ts";
import { NetnsDriver } from "../../src/drivers/netns/netns.ts";
import { nodePaths } from "../../src/drivers/places.ts";
import { run } from "../../src/drivers/run.ts";
import { namesOf } from "../../src/main/demo/bodies.ts";
import type { Parties } from "../../src/main/demo/order.ts";
import { peeringInterface } from "../../src/plan/names.ts";
import {
  causeway,
  converged,
  partiesOf,
  removeLab,
  ServerProcess,
  startLabServer,
  temporaryFolder,
  until,
  variantNamed,
} from "./lab-server.ts";
import { order } from "./orders.ts";

const EDGE = "ams-primary";
const FRR = "/usr/lib/frr";
const variant = variantNamed("exchange-l2");

/** What is in this folder is not there for the server of this process. */
function without(folder: string): Disposable {
  const { existsSync } = fs;
  const exists = (path: fs.PathLike) => !String(path).startsWith(folder) && existsSync(path);
  const become = (all: typeof existsSync) => {
    fs.existsSync = all;
    syncBuiltinESMExports();
  };
  become(exists);
  return { [Symbol.dispose]: () => become(existsSync) };
}

/** Runs a command where these mounts are, and nowhere else. */
const hidden = (mount: string) =>
  [
    ...["unshare", "--mount", "--propagation", "private"],
    ...["sh", "-c", `${mount} && exec "$@"`, "sh"],
  ] as const;

test("without FRR or without bpftool, real nodes are refused with the remedy before anything is made", async () => {
  const bpftool = await whereIs("bpftool");
  const lacking = [
    ["frr", hidden(`mount -t tmpfs none ${FRR}`)],
    ["bpftool", hidden(`mount --bind /dev/null ${bpftool}`)],
  ] as const;
  for (const [name, wrapper] of lacking) {
    const data = await temporaryFolder();
    try {
      const words = ["up", "--data", data, "--listen", "127.0.0.1:0", "--nodes", "linux"];
      const { code, stderr } = await causeway(words, { wrapper });
      expect(code, stderr).toBe(2);
      expect(stderr).toMatch(new RegExp(`missing: ${name} \\('causeway setup' installs`));
    } finally {
      await removeLab(data);
    }
  }
});

test("a taken port is refused before a lab is raised", async () => {
  const data = await temporaryFolder();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = other.address() as AddressInfo;
    const words = ["up", "--data", data, "--listen", `127.0.0.1:${port}`, "--nodes", "linux"];
    const { code, stderr } = await causeway(words);
    expect(code, stderr).toBe(2);
    expect(stderr).toMatch(/is in use by another program/);
    const lab = await readFile(join(data, "lab"), "utf8").catch(() => "none");
    const spaces = await run({ argv: ["ip", "netns", "list"], why: "look for what was made" });
    expect(spaces).not.toContain(`cw-${lab.trim()}-`);
    expect(fs.existsSync(`/run/causeway/${lab.trim()}`)).toBe(false);
  } finally {
    other.close();
    await removeLab(data);
  }
});

test("a kernel that refuses the tag program, and FRR removed later, are on the circuit until they are back", async () => {
  await using server = await startLabServer();
  const { parties } = server;
  const lab = (await server.folder.readLab()) ?? "";
  const refusing = await temporaryFolder();
  // Of one edge alone: networks and gateways are to be had meanwhile.
  const own = `case "$*" in *"loadall"*"/${EDGE}"*) exit 1 ;; esac`;
  const script = `#!/bin/sh\n${own}\nexec ${await whereIs("bpftool")} "$@"\n`;
  await writeFile(join(refusing, "bpftool"), script, { mode: 0o755 });
  const path = process.env["PATH"];
  try {
    process.env["PATH"] = `${refusing}:${path}`;
    const ordering = order(parties, variant);
    ordering.catch(() => {});
    await until("the circuit says that the kernel refuses", () =>
      complaint(parties, /did not take the tag program; run `causeway doctor`/),
    );
    // I1: where tags cannot be handled, no interface of a circuit is made that would send without.
    const state = await new NetnsDriver(nodePaths(lab, EDGE)).observe(AbortSignal.timeout(20_000));
    const names = namesOf(variant, parties.customerSubscription);
    const { properties } = await parties.customer.get(names.circuit(0));
    const made = [...state.values()].flatMap(({ links }) => [...links.keys()]);
    expect(made).not.toContain(peeringInterface(String(properties["serviceKey"])));
    process.env["PATH"] = path;
    await ordering;
    await well(parties);

    {
      using _ = without(FRR);
      process.kill((await daemonPid(nodePaths(lab, EDGE), "bgpd")) ?? 0, "SIGKILL");
      await until("the circuit says that FRR is missing", () =>
        complaint(parties, /FRR is not installed.*apt-get install frr/),
      );
    }
    await converged(parties);
    await well(parties);
    expect(await daemonPid(nodePaths(lab, EDGE), "bgpd")).toBeGreaterThan(1);
  } finally {
    process.env["PATH"] = path;
    await rm(refusing, { recursive: true, force: true });
  }
});

test("a full disk refuses writes, keeps all that was acknowledged, and writes again once there is room", async () => {
  const disk = await temporaryFolder();
  const data = join(disk, "data");
  await run({ argv: ["mount", "-t", "tmpfs", "-o", "size=4m", "none", disk], why: "a small disk" });
  try {
    await using server = await ServerProcess.create(data);
    await server.start({ nodes: "simulated" });
    const { customer, customerSubscription } = await partiesOf(data);
    const group = (name: string) => `/subscriptions/${customerSubscription}/resourceGroups/${name}`;
    const written: string[] = [];
    const write = async (name: string) => {
      await customer.put(group(name), { location: variant.region });
      written.push(name);
    };
    await write("before");
    const ballast = join(data, "ballast");
    const { bavail, bsize } = await statfs(data);
    await writeFile(ballast, Buffer.alloc(Math.max(0, bavail - 1) * bsize)).catch(() => {});
    const refused = await untilRefused(write);
    expect(refused.status).toBe(503);
    expect(refused.code).toBe("StorageUnavailable");
    expect(refused.message).toMatch(/disk is full.*make room/);
    for (const name of written) expect((await customer.get(group(name))).name).toBe(name);

    await rm(ballast);
    await until("it writes again", () =>
      write("after").then(
        () => true as const,
        () => undefined,
      ),
    );
    await server.kill();
    await server.start({ nodes: "simulated" });
    const again = (await partiesOf(data)).customer;
    for (const name of written) expect((await again.get(group(name))).name).toBe(name);
  } finally {
    await run({ argv: ["umount", "-l", disk], why: "take the small disk away" });
    await rm(disk, { recursive: true, force: true });
  }
});

async function whereIs(program: string): Promise<string> {
  const path = process.env["PATH"] ?? "";
  for (const folder of [...path.split(":"), "/usr/sbin", "/sbin"]) {
    const found = await statfs(join(folder, program)).then(
      () => true,
      () => false,
    );
    if (found) return join(folder, program);
  }
  throw new Error(`${program} is not installed`);
}

async function well(parties: Parties): Promise<void> {
  await until("the circuit is well", async () =>
    (await complaint(parties, /./)) === undefined ? true : undefined,
  );
}

async function complaint({ customer, customerSubscription }: Parties, expected: RegExp) {
  const circuit = await customer.find(namesOf(variant, customerSubscription).circuit(0));
  const error = circuit?.properties["causewayError"] as { message: string } | undefined;
  return error !== undefined && expected.test(error.message) ? error.message : undefined;
}

/** SQLite has some room of its own: the first writes may still find place. */
async function untilRefused(write: (name: string) => Promise<void>): Promise<ApiError> {
  for (let index = 0; index < 2000; index += 1) {
    try {
      await write(`more-${index}`);
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }
  throw new Error("2000 writes found place on a full disk");
}
