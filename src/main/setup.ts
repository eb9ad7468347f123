/**
 * Brings what the Linux fabric runs on: FRR, iproute2 and the tools that the demo measures with.
 * Only where we are root on a Debian-like system; elsewhere it says what is missing.
 */
import { spawn } from "node:child_process";
import { constants, existsSync } from "node:fs";
import { access, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";

type Tool = { readonly program: string; readonly package: string };

/** Programs by the Debian package that brings them. */
const TOOLS: readonly Tool[] = [
  { program: "/usr/lib/frr/bgpd", package: "frr" },
  { program: "ip", package: "iproute2" },
  { program: "tc", package: "iproute2" },
  { program: "bpftool", package: "bpftool" },
  { program: "nft", package: "nftables" },
  { program: "nsenter", package: "util-linux" },
  { program: "mount", package: "mount" },
  { program: "sysctl", package: "procps" },
  { program: "ping", package: "iputils-ping" },
  { program: "iperf3", package: "iperf3" },
  { program: "tcpdump", package: "tcpdump" },
];

/** Clients and routers of others that the tests run where the system has them. */
const CLIENTS: readonly Tool[] = [
  { program: "az", package: "azure-cli" },
  { program: "bird", package: "bird2" },
  { program: "exabgp", package: "exabgp" },
  { program: "stayrtr", package: "stayrtr" },
];

/** What asks the API without a pause, for its benchmark. */
const LOAD: readonly Tool[] = [{ program: "wrk", package: "wrk" }];

export type SetupResult = {
  readonly missing: readonly string[];
  readonly installed: readonly string[];
};

export function setUp(say: (line: string) => void): Promise<SetupResult> {
  return bring(TOOLS, say);
}

export function setUpLoad(say: (line: string) => void): Promise<SetupResult> {
  return bring(LOAD, say);
}

async function bring(tools: readonly Tool[], say: (line: string) => void): Promise<SetupResult> {
  const missing = await missingPackages(tools);
  if (missing.length === 0 || !canInstall()) return { missing, installed: [] };
  say(`Installing with apt: ${missing.join(", ")}`);
  await install(missing);
  return { missing: await missingPackages(tools), installed: missing };
}

/** Whoever has none of them can do without: their tests are skipped then, and say so. */
export async function setUpClients(say: (line: string) => void): Promise<void> {
  const missing = await missingPackages(CLIENTS);
  if (missing.length === 0 || !canInstall()) return;
  say(`Installing with apt, for the tests with other clients: ${missing.join(", ")}`);
  await install(missing).catch(() =>
    say(`${missing.join(", ")} is not to be had here; its tests are skipped.`),
  );
}

function canInstall(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
}

export async function missingPackages(tools: readonly Tool[] = TOOLS): Promise<string[]> {
  const found = await Promise.all(
    tools.map(async (tool) => ({ tool, here: await isProgram(tool.program) })),
  );
  return [...new Set(found.filter(({ here }) => !here).map(({ tool }) => tool.package))];
}

async function install(packages: readonly string[]): Promise<void> {
  // Debian would start FRR's own service for the whole machine; the lab starts its daemons itself.
  const policy = "/usr/sbin/policy-rc.d";
  const ours = !existsSync(policy);
  if (ours) await writeFile(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const apt = (words: readonly string[]) =>
      quietly("apt-get", ["-qq", "-o", "Dpkg::Use-Pty=0", ...words]);
    const args = ["install", "-y", "--no-install-recommends", ...packages];
    if ((await apt(args)).code === 0) return;
    await apt(["update"]);
    const { code, output } = await apt(args);
    if (code !== 0)
      throw new Error(`apt-get install ${packages.join(" ")} failed:\n${output.trim()}`);
  } finally {
    if (ours) await rm(policy, { force: true });
  }
}

function quietly(
  program: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
    let output = "";
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

async function isProgram(program: string): Promise<boolean> {
  const places = program.startsWith("/")
    ? [""]
    : [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  for (const place of places) {
    try {
      await access(place === "" ? program : join(place, program), constants.X_OK);
      return true;
    } catch {
      // Not here; the next place may have it.
    }
  }
  return false;
}
