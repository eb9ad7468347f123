/** Against StayRTR where it is installed: `apt-get install stayrtr`. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systemClock } from "../../base/clock.ts";
import { silentLog } from "../../base/log.ts";
import { printPrefix } from "../../base/prefix.ts";
import { followRtrServer } from "./client.ts";

const installed = existsSync("/usr/bin/stayrtr");

test.skipIf(!installed)(
  `payloads come from StayRTR, and change when its file does${installed ? "" : " (skipped: apt-get install stayrtr)"}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "causeway-rtr-"));
    const file = join(folder, "vrps.json");
    const write = (asn: number) => {
      const roas = [
        { prefix: "198.18.16.0/24", maxLength: 24, asn, ta: "lab" },
        { prefix: "2001:db8:16::/48", maxLength: 64, asn, ta: "lab" },
      ];
      const buildtime = new Date(systemClock.now()).toISOString();
      writeFileSync(file, JSON.stringify({ metadata: { buildtime }, roas }));
    };
    write(64410);
    const port = await freePort();
    const ends = new AbortController();
    let child: ChildProcess | undefined;
    let heard: string[] = [];
    try {
      const following = followRtrServer(
        {
          ...{ server: `127.0.0.1:${port}`, log: silentLog },
          // The server is asked again soon: it begins after its client.
          clock: {
            now: systemClock.now,
            sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 100), signal),
          },
          told: (vrps) => {
            heard = vrps.map(
              ({ prefix, maxLength, asn }) => `${printPrefix(prefix)}-${maxLength} ${asn}`,
            );
          },
        },
        ends.signal,
      );
      child = spawn("stayrtr", [
        ...["-bind", `127.0.0.1:${port}`, "-cache", file, "-metrics.addr", ""],
        ...["-refresh", "1", "-loglevel", "error"],
      ]);
      await until(() => heard.join().includes(" 64410"));
      expect([...heard].sort()).toEqual(["198.18.16.0/24-24 64410", "2001:db8:16::/48-64 64410"]);
      await systemClock.sleep(1_100);
      write(64999);
      await until(() => heard.join().includes(" 64999"));
      expect(heard).toHaveLength(2);
      ends.abort();
      await following;
    } finally {
      ends.abort();
      child?.kill();
      rmSync(folder, { recursive: true });
    }
  },
  60_000,
);

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; waited < 30_000; waited += 50) {
    if (isSo()) return;
    await systemClock.sleep(50);
  }
  throw new Error("not within 30 s");
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
