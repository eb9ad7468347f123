/**
 * What the eBPF program's maps of a node should hold, computed from its fragments. Pure. Keys and values
 * are the bytes of the structures in `datapath/tags.bpf.c`, written as hexadecimal digits.
 */
import { invariant } from "../../base/invariant.ts";
import type {
  CrossConnectFragment,
  Fragment,
  Metered,
  SegmentInterface,
  Subinterface,
  VrfFragment,
  VrfInterface,
} from "../../fabric/intent.ts";
import { forwardsByProgram } from "../../fabric/source-check.ts";
import { nameNumber } from "../name-number.ts";
import { isMeteredLink, isPortItself, type MeteredLink, outsideName } from "../netns/intended.ts";
import { linkIndex } from "../netns/link-index.ts";
import type { Program } from "./programs.ts";

export const mapNames = [
  "entries",
  "exits",
  "rates",
  "meters",
  "classes",
  "loads",
  "links",
  "segments",
  "stations",
  "unknown",
] as const;
export type MapName = (typeof mapNames)[number];

/** `value` undefined: the program counts there; only the key is ours. */
export type Cell = {
  readonly fragment: string;
  readonly key: string;
  readonly value: string | undefined;
};
export type Attached = { readonly fragment: string; readonly programs: readonly Program[] };
export type TagsIntent = {
  readonly cells: ReadonlyMap<MapName, ReadonlyMap<string, Cell>>;
  /** Of the node's own namespace; those that only cross need no egress program. */
  readonly devices: ReadonlyMap<string, Attached>;
  readonly meters: ReadonlySet<string>;
  /** Whether a VRF forwards here, whose links take programs. */
  readonly forwards: boolean;
  /** Whether a device was missing that something here is about. */
  readonly awaitsDevices: boolean;
};

const kinds = { subinterface: 1, port: 2, crossConnect: 3 } as const;
const any = 0xffff;
const directions = { in: 0, out: 1 } as const;
/** Of what limits a frame: a rate, in whose bucket marks say who is served longest. */
const BY_MARK = 2;
/**
 * A bucket of a quarter of a second. A sender that lost a whole window stays silent for TCP's smallest
 * retransmission timeout, 200 ms (RFC 6298 §2.4 as Linux does it), and what it did not send in that time
 * must be left for it: with 0.1 s a single flow reaches half its rate, with 0.25 s all of it.
 */
const burstBytesMin = 2 * 65_536;
const burstSeconds = 0.25;
/**
 * How deep marked packets may overdraw a bucket: half of it the interactive, all of it voice. Each half is more
 * than the super-packet that a lower class may have overdrawn it with.
 */
const reserveBytesMin = 4 * 65_536;
const reserveShare = 0.25;

type Draft = {
  cells: Map<MapName, Map<string, Cell>>;
  devices: Map<string, Attached>;
  meters: Set<string>;
  /** Meters of which some interface is scheduled by marks. */
  readonly scheduled: ReadonlySet<string>;
  forwards: boolean;
  awaitsDevices: boolean;
  ifindexOf: (device: string) => number | undefined;
};

/** Devices that do not exist yet are left out; their fragments fail elsewhere. */
export function intendedTags(
  fragments: readonly Fragment[],
  ifindexOf: (device: string) => number | undefined,
): TagsIntent {
  const draft: Draft = {
    cells: new Map(mapNames.map((name) => [name, new Map()])),
    devices: new Map(),
    meters: new Set(),
    scheduled: scheduledMeters(fragments),
    forwards: fragments.some((fragment) => fragment.kind === "vrf" && forwardsByProgram(fragment)),
    awaitsDevices: false,
    ifindexOf: (device) => {
      const ifindex = ifindexOf(device);
      draft.awaitsDevices ||= ifindex === undefined;
      return ifindex;
    },
  };
  const tagged = taggedPorts(fragments);
  for (const fragment of fragments) {
    if (fragment.kind === "crossConnect") addCrossConnect(draft, fragment);
    if (fragment.kind !== "vrf") continue;
    if (fragment.name === "default") addForwarding(draft, fragment, tagged);
    for (const at of fragment.interfaces) {
      if (isMeteredLink(at)) addLink(draft, fragment, at);
      if (at.kind === "segment" && fragment.name !== "default") addStation(draft, fragment, at);
      if (at.kind !== "subinterface" || !tagged.has(at.port)) continue;
      addSubinterface(draft, fragment.key, { at, itself: isPortItself(fragment.name, at) });
    }
  }
  return draft;
}

/** A rate is one for all interfaces of a meter, and so is what it keeps for marked packets. */
function scheduledMeters(fragments: readonly Fragment[]): ReadonlySet<string> {
  const interfaces = fragments.flatMap((fragment) =>
    fragment.kind === "vrf" ? fragment.interfaces : [],
  );
  return new Set(
    interfaces.flatMap((at) => (isScheduled(at) && at.meter !== undefined ? [at.meter] : [])),
  );
}

/** Where nothing is dropped for a rate, marks have nothing to say. */
function isScheduled(at: VrfInterface): at is Subinterface {
  return at.kind === "subinterface" && at.scheduling !== undefined && at.policeMbps !== undefined;
}

/** Ports where tags or meters matter; on others the kernel alone does all that is needed. */
function taggedPorts(fragments: readonly Fragment[]): ReadonlySet<string> {
  const ports = new Set<string>();
  for (const fragment of fragments) {
    if (fragment.kind === "crossConnect") {
      for (const end of fragment.ends) if (end.kind === "port") ports.add(end.port);
    }
    if (fragment.kind !== "vrf") continue;
    for (const at of fragment.interfaces) {
      if (at.kind !== "subinterface") continue;
      if (at.tags.length > 0 || at.meter !== undefined) ports.add(at.port);
    }
  }
  return ports;
}

function addSubinterface(
  draft: Draft,
  fragment: string,
  { at, itself }: { at: Subinterface; itself: boolean },
): void {
  const ifindex = draft.ifindexOf(at.port);
  if (ifindex === undefined) return;
  const [outer = 0, inner = 0] = at.tags;
  invariant(at.tags.length <= 2, "a subinterface has at most two tags");
  addDevice(draft, fragment, { device: at.port, ifindex, egress: true });
  const meter = at.meter === undefined ? 0 : meterId(at.meter);
  const part = at.part === undefined ? 0 : meterId(at.part);
  addMeter(draft, fragment, at);
  if (at.part !== undefined) addMeter(draft, fragment, { meter: at.part });
  const limited = isScheduled(at) ? BY_MARK : Number(isLimited(at));
  const kind = itself ? kinds.port : kinds.subinterface;
  put(draft, "entries", {
    fragment,
    key: words(u32(ifindex), u16(outer), u16(inner)),
    value: words(
      ...[u32(kind), u32(0), u32(meter), u16(directions.in), u16(limited)],
      ...[u16(0), macBytes(at.mac), u32(part)],
    ),
  });
  put(draft, "exits", {
    fragment,
    key: words(u32(ifindex), macBytes(at.mac), u16(0)),
    value: words(u32(meter), u16(outer), u16(inner), u32(limited), u32(part)),
  });
}

function addCrossConnect(draft: Draft, { key: fragment, meter, ends }: CrossConnectFragment): void {
  const indexes = ends.map((end) => draft.ifindexOf(end.kind === "port" ? end.port : end.name));
  addMeter(draft, fragment, { meter });
  // "In" is what came from a port: where one end is a tunnel, from the other end.
  const inward = ends[0].kind === "port" ? 0 : 1;
  for (const here of [0, 1] as const) {
    const there = here === 0 ? 1 : 0;
    const [end, far] = [ends[here], ends[there]];
    const [ifindex, redirect] = [indexes[here], indexes[there]];
    if (ifindex === undefined || redirect === undefined) continue;
    const device = end.kind === "port" ? end.port : end.name;
    addDevice(draft, fragment, { device, ifindex, egress: false });
    const outer = end.kind === "port" ? (end.outer ?? any) : any;
    const push = far.kind === "port" ? (far.outer ?? 0) : 0;
    const direction = here === inward ? directions.in : directions.out;
    const head = [u32(kinds.crossConnect), u32(redirect), u32(meterId(meter)), u16(direction)];
    put(draft, "entries", {
      fragment,
      key: words(u32(ifindex), u16(outer), u16(any)),
      value: words(...head, u16(0), u16(push), Buffer.alloc(6), u32(0)),
    });
  }
}

/**
 * A customer's router trusts what comes from either side; its routes are followed as a VRF's are. A port
 * keeps the programs of its tags.
 */
function addForwarding(draft: Draft, vrf: VrfFragment, tagged: ReadonlySet<string>): void {
  if (!forwardsByProgram(vrf)) return;
  for (const at of vrf.interfaces) {
    const isTagged =
      at.kind === "subinterface" && isPortItself(vrf.name, at) && tagged.has(at.port);
    if (at.kind === "loopback" || isTagged || draft.ifindexOf(at.name) === undefined) continue;
    draft.devices.set(at.name, { fragment: vrf.key, programs: ["edge_ingress"] });
  }
}

function addDevice(
  draft: Draft,
  fragment: string,
  { device, ifindex, egress }: { device: string; ifindex: number; egress: boolean },
): void {
  const both = egress || draft.devices.get(device)?.programs.includes("port_egress") === true;
  const programs: readonly Program[] = both ? ["port_ingress", "port_egress"] : ["port_ingress"];
  draft.devices.set(device, { fragment, programs });
  put(draft, "unknown", { fragment, key: words(u32(ifindex)), value: undefined });
}

/** A link inside a VRF has a number of its own on the whole node, by which the program finds its meter. */
function addLink(draft: Draft, { key: fragment, name: vrf }: VrfFragment, at: MeteredLink): void {
  addMeter(draft, fragment, at);
  const index = linkIndex(`${vrf}/${at.name}`);
  const value = words(u32(meterId(at.meter)), u32(Number(isLimited(at))));
  put(draft, "links", { fragment, key: words(u32(index)), value });
}

/** A leg on a segment is a station there: the program knows behind which port its address is. */
function addStation(draft: Draft, { key: fragment, name: vrf }: VrfFragment, at: SegmentInterface) {
  const device = outsideName(vrf, at.name);
  const ifindex = draft.ifindexOf(device);
  if (ifindex === undefined) return;
  const segment = u32(nameNumber(at.segment));
  draft.devices.set(device, { fragment, programs: ["segment_ingress"] });
  put(draft, "segments", { fragment, key: words(u32(ifindex)), value: words(segment) });
  const key = words(segment, macBytes(at.mac), u16(0));
  put(draft, "stations", { fragment, key, value: words(u32(ifindex)) });
}

function isLimited({ policeMbps = 0, policePps = 0 }: Metered): boolean {
  return policeMbps > 0 || policePps > 0;
}

function addMeter(draft: Draft, fragment: string, { meter, ...rate }: Metered): void {
  if (meter === undefined) return;
  draft.meters.add(meter);
  const { policeMbps = 0 } = rate;
  const id = u32(meterId(meter));
  for (const direction of Object.values(directions)) {
    const key = words(id, u32(direction));
    put(draft, "meters", { fragment, key, value: undefined });
    if (!isLimited(rate)) continue;
    const isClassed = draft.scheduled.has(meter);
    put(draft, "rates", { fragment, key, value: rateValue(rate, isClassed) });
    if (policeMbps > 0) put(draft, "loads", { fragment, key, value: undefined });
    if (isClassed) put(draft, "classes", { fragment, key, value: undefined });
  }
}

function rateValue(rate: Omit<Metered, "meter">, isClassed: boolean): string {
  const { policeMbps = 0, policeAboveMbps = 0, policePps = 0 } = rate;
  const perSecond = bytesPerSecond(policeMbps);
  const burst = Math.max(burstBytesMin, Math.round(perSecond * burstSeconds));
  const reserve = Math.max(reserveBytesMin, Math.round(burst * reserveShare));
  return words(
    ...[u64(perSecond), u64(burst), u64(policePps), u64(isClassed ? reserve : 0)],
    u64(bytesPerSecond(policeAboveMbps)),
  );
}

function bytesPerSecond(mbps: number): number {
  return Math.round((mbps * 1_000_000) / 8);
}

function put(draft: Draft, map: MapName, cell: Cell): void {
  draft.cells.get(map)?.set(cell.key, cell);
}

/** A meter's number in the maps. The same name gives the same number, so counters survive a restart. */
export function meterId(name: string): number {
  return nameNumber(name) || 1;
}

export function meterKey(name: string, direction: "in" | "out"): string {
  return words(u32(meterId(name)), u32(directions[direction]));
}

export function ifindexKey(ifindex: number): string {
  return words(u32(ifindex));
}

function words(...parts: readonly Buffer[]): string {
  return Buffer.concat(parts).toString("hex");
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.split(":").map((octet) => Number.parseInt(octet, 16)));
}
