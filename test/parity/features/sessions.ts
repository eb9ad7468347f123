/** BGP and what guards it. */
import { spawn } from "node:child_process";
import { argvAt, nodePaths } from "../../../src/drivers/places.ts";
import { SIDES } from "../../../src/fabric/intent.ts";
import type { SessionObservation } from "../../../src/fabric/report.ts";
import * as bodies from "../../../src/main/demo/bodies.ts";
import { type Feature, must } from "../feature.ts";
import {
  carries,
  carriesNot,
  resetsBy,
  type Standing,
  seen,
  sessionsAt,
  withPeering,
} from "../standing.ts";

/** Waits until it is so of every session with the customer, on both edges. */
async function everySession(
  standing: Standing,
  what: string,
  isSo: (session: SessionObservation) => boolean,
): Promise<void> {
  for (const side of SIDES) {
    let last = "";
    await seen(`${side}: ${what}`, async () => {
      const outside = (await sessionsAt(standing, side)).filter(
        ({ remoteAsn }) => !ownAsns.includes(remoteAsn),
      );
      last = JSON.stringify(outside.filter((one) => !isSo(one)).slice(0, 2));
      return outside.length >= 2 && outside.every(isSo);
    }).catch((error: Error) => {
      throw new Error(`${error.message}: ${last}`);
    });
  }
}

/** Of the lab's cloud and of its gateways. */
const ownAsns = [12076, 65515];

const established = ({ state }: SessionObservation) => state === "Established";
const learned = ({ prefixesReceived: { ipv4 = 0, ipv6 = 0 } }: SessionObservation) => ipv4 + ipv6;

/** Ends when a TCP signature (RFC 2385) is seen on the wire. */
async function signatureSeen(
  { fabric, variant }: Standing,
  work: () => Promise<void>,
): Promise<boolean> {
  const { node, port } = variant.handOff.primary;
  const words = ["timeout", "60", "tcpdump", "-i", port, "-enn", "-v", "-l", "-s", "256"] as const;
  const [file, ...rest] = argvAt(nodePaths(fabric.lab, node), "default", words);
  const child = spawn(file, rest, { stdio: ["ignore", "pipe", "ignore"] });
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let found = false;
  child.stdout.on("data", (chunk: Buffer) => {
    if (chunk.toString("latin1").includes("md5")) found = true;
  });
  await work();
  child.kill("SIGTERM");
  await closed;
  return found;
}

export const sessions: readonly Feature[] = [
  {
    name: "BGP on both links",
    says: "Both families are established with both edges, and routes have come.",
    check: (standing) =>
      everySession(standing, "established", (one) => established(one) && learned(one) > 0),
  },
  {
    name: "BFD",
    says: "Every session is watched, at 300 ms three times unless asked otherwise.",
    check: (standing) =>
      everySession(
        standing,
        "BFD is up at 300 ms",
        ({ bfd, bfdTimers }) => bfd === "Up" && bfdTimers?.transmitMs === 300,
      ),
  },
  {
    name: "BFD at another pace",
    says: "Timers of a peering are agreed on with the other end.",
    check: (standing) =>
      withPeering(standing, { causeway: { bfd: { intervalMs: 500, multiplier: 4 } } }, () =>
        everySession(
          standing,
          "BFD is up at 500 ms",
          ({ bfdTimers }) => bfdTimers?.transmitMs === 500,
        ),
      ),
  },
  {
    name: "MD5",
    says: "Sessions are signed: a new key signs them anew, and packets pass.",
    async check(standing) {
      const found = await signatureSeen(standing, () =>
        withPeering(standing, { sharedKey: "another2026" }, async () => {
          await everySession(standing, "established", established);
          await carries(standing);
        }),
      );
      must(found, "no signed segment was seen on the primary hand-off");
      await carries(standing);
    },
  },
  {
    name: "peering disabled and enabled",
    says: "A disabled peering carries nothing, and an enabled one everything again.",
    async check(standing) {
      const { ipv6PeeringConfig } = Object(bodies.peering(standing.variant, 0)).properties;
      const off = { ...ipv6PeeringConfig, state: "Disabled" };
      await withPeering(standing, { state: "Disabled", ipv6PeeringConfig: off }, () =>
        carriesNot(standing),
      );
      await carries(standing);
    },
  },
  {
    name: "another AS number of the customer",
    says: "A peering with another AS number, of four bytes: sessions come up with it.",
    async check(standing) {
      await withPeering(standing, { peerASN: 4_200_000_010 }, async () => {
        await everySession(standing, "established", ({ remoteAsn, state }) =>
          remoteAsn === 4_200_000_010 ? state === "Established" : false,
        );
        await carries(standing);
      });
      await carries(standing);
    },
  },
  {
    name: "import list",
    says: "Prefixes that the peering's list does not take are not learned; no session is reset.",
    async check(standing) {
      const causeway = { importPrefixes: [{ prefix: "172.16.0.0/12", le: 24 }] };
      const reset = await resetsBy(standing, () =>
        withPeering(standing, { causeway }, () =>
          everySession(standing, "nothing is learned", (one) => learned(one) === 0),
        ),
      );
      must(reset.length === 0, `reset: ${reset.join(", ")}`);
      await carries(standing);
    },
  },
  {
    name: "limit of prefixes",
    says: "Another limit is in force and told, the newest beyond it are discarded, and no session is reset.",
    async check(standing) {
      const causeway = { prefixLimit: { ipv4: 2, ipv6: 2 } };
      const reset = await resetsBy(standing, () =>
        withPeering(standing, { causeway }, () =>
          everySession(standing, "the limit is told", ({ prefixLimits }) =>
            Object.values(prefixLimits ?? {}).every((one) => one.limit === 2),
          ),
        ),
      );
      must(reset.length === 0, `reset: ${reset.join(", ")}`);
    },
  },
  {
    name: "GTSM and role",
    says: "Time-to-live security (RFC 5082) and a strict role (RFC 9234), where both ends do their part.",
    async check(standing) {
      await withPeering(
        standing,
        { causeway: { gtsm: true, role: "ProviderStrict" } },
        async () => {
          await everySession(standing, "established", established);
          await carries(standing);
        },
      );
      await carries(standing);
    },
  },
];
