/** The demo as a user starts it, on real nodes: what it prints for programs, and that it leaves nothing. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { leftovers } from "../../src/drivers/cabling.ts";
import { DataFolder } from "../../src/main/data-folder.ts";
import type { DemoResult } from "../../src/main/demo/result.ts";
import { variants } from "../../src/main/demo/variants.ts";
import { causeway, temporaryFolder, until } from "./lab-server.ts";

const side = (value: unknown) => ({ primary: value, secondary: value });
const number = expect.any(Number);

/** Of all variants, or of these alone. */
export async function demoHolds(only: readonly string[] = []): Promise<void> {
  const folder = await temporaryFolder();
  try {
    const some = only.length === 0 ? [] : ["--only", ...only];
    const running = causeway(["demo", "--json", ...some], {
      env: { ...process.env, TMPDIR: folder },
    });
    const lab = await until("the demo's lab has a name", () => labIn(folder));
    const { code, stdout, stderr } = await running;
    const result = JSON.parse(stdout) as DemoResult;
    const names = variants.map(({ name }) => name);
    const wanted = names.filter((name) => only.length === 0 || only.includes(name));
    expect(
      result.variants.flatMap(({ name, failures }) => failures.map((f) => `${name}: ${f}`)),
      stderr,
    ).toEqual([]);
    expect(code, stderr).toBe(0);
    expect(result).toEqual({
      nodes: "linux",
      elapsedMs: number,
      variants: wanted.map((name) => ({
        name,
        pass: true,
        orderToFirstPacketMs: side(number),
        tags: side({ outer: name === "direct-dot1q" ? null : number, inner: 100 }),
        bgp: side("Established"),
        ping: { ipv4LossPct: 0, ipv6LossPct: 0 },
        throughputMbps: { toCloud: number, toOnPremises: number },
        linkSharePct: side(number),
        blackoutMs: { linkDown: number, silent: number },
        leftovers: 0,
        failures: [],
        absent: [],
      })),
    });
    expect(await leftovers(lab)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function labIn(folder: string): Promise<string | undefined> {
  const [data] = await readdir(folder);
  return data === undefined ? undefined : new DataFolder(join(folder, data)).readLab();
}
