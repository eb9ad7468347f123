/**
 * MACsec (IEEE 802.1AE) on a port of this machine: whether it can be, and the lines that make it. The kernel encrypts
 * with session keys that it is given; they, and who the other end is, come from key agreement (MKA, IEEE 802.1X-2020
 * §9), by an agent that knows the pre-shared keys.
 */
import type { Fragment, MacSec, MacSecCipher } from "../fabric/intent.ts";
import type { FragmentResult } from "../fabric/report.ts";
import { runAnyway } from "./run.ts";

/** What key agreement arrives at for one of a link's pre-shared keys. */
export type Association = {
  /** The slot of the pre-shared key, which is also the association number: 0 or 1. */
  readonly slot: number;
  readonly keyId: string;
  /** The session key, in hexadecimal digits. */
  readonly sak: string;
  /** Of ciphers with extended packet numbers: 12 octets, and the short number of each end's channel. */
  readonly extended?: { readonly salt: string; readonly own: number; readonly peer: number };
};

export type SecureChannel = {
  readonly port: string;
  /** At most 15 characters, unique on the node. */
  readonly device: string;
  readonly peerMac: string;
  readonly macSec: Pick<MacSec, "cipher" | "sci" | "preferred">;
  readonly associations: readonly Association[];
};

const kernelNames: Readonly<Record<MacSecCipher, string>> = {
  GcmAes128: "gcm-aes-128",
  GcmAes256: "gcm-aes-256",
  GcmAesXpn128: "gcm-aes-xpn-128",
  GcmAesXpn256: "gcm-aes-xpn-256",
};

/**
 * Lines for `ip -batch -`: they hold keys, and go in as input, never as arguments. Frames that are not encrypted are
 * let in by none of them. A packet number begins at 1 for a session key that was never used before, and for no other.
 */
export function macsecLines({
  port,
  device,
  peerMac,
  macSec: { cipher, sci, preferred },
  associations,
}: SecureChannel): readonly string[] {
  const known = associations.map(({ slot }) => slot);
  const used = known.includes(preferred) ? preferred : known[0];
  if (used === undefined) return [];
  const naming = sci ? "send_sci on" : "send_sci off end_station on";
  const receive = `macsec add ${device} rx port 1 address ${peerMac}`;
  return [
    `link add link ${port} name ${device} type macsec port 1 cipher ${kernelNames[cipher]} encrypt on protect on ${naming} validate strict encodingsa ${used}`,
    `${receive} on`,
    ...associations.flatMap(({ slot, keyId, sak, extended }) => {
      const key = `on key ${keyId} ${sak}`;
      const number = (channel: number | undefined) =>
        extended === undefined ? "pn 1" : `xpn 1 salt ${extended.salt} ssci ${channel}`;
      return [
        `${receive} sa ${slot} ${number(extended?.peer)} ${key}`,
        `macsec add ${device} tx sa ${slot} ${number(extended?.own)} ${key}`,
      ];
    }),
    `link set dev ${device} up`,
  ];
}

/** The results, with the reason at each port whose keys are not in use here. */
export async function tellMacsec(
  results: readonly FragmentResult[],
  fragments: readonly Fragment[],
  kernelCan: () => Promise<boolean> = kernelHasMacsec,
): Promise<readonly FragmentResult[]> {
  const asked = new Set(
    fragments.flatMap((one) => (one.kind === "port" && one.macSec !== undefined ? [one.key] : [])),
  );
  if (asked.size === 0) return results;
  const notCarried = (await kernelCan())
    ? "not carried: no agent for key agreement (MKA) on this node"
    : "not carried: kernel has no macsec";
  return results.map((result) => (asked.has(result.key) ? { ...result, notCarried } : result));
}

let kernel: Promise<boolean> | undefined;

/** Asked once: a kernel that has it refuses this for the loopback, one that has not for the kind. Nothing is made. */
function kernelHasMacsec(): Promise<boolean> {
  const argv = ["ip", "link", "add", "link", "lo", "name", "cwmacsec", "type", "macsec"] as const;
  kernel ??= runAnyway({ argv, why: "ask the kernel for MACsec" }).then(
    ({ stderr }) => saysMacsec(stderr),
    () => false,
  );
  return kernel;
}

export function saysMacsec(refusal: string): boolean {
  return !/unknown device type|not supported/i.test(refusal);
}
