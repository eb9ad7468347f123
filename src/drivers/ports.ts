/**
 * The ports of a node: their state, and the light of their optics where a card tells of it. Light is asked for once
 * a minute, for a module answers slowly; a pair of virtual ends has none, and that is said.
 *
 * SFF-8472 §9.4 and SFF-8636 §6.2.4 (optical power in steps of 0.1 µW, so that none is less than -40 dBm).
 */
import { messageOf } from "../base/cause.ts";
import type { Clock } from "../base/clock.ts";
import type { Light, LightLane, PortObservation } from "../fabric/report.ts";
import { type TagsState, unknownTagPackets } from "./datapath/tags.ts";
import type { LinkState } from "./netns/state.ts";
import { argvAt, type NodePaths } from "./places.ts";
import { runAnyway } from "./run.ts";

const READ_EVERY_MS = 60_000;
const READ_WITHIN_MS = 5_000;
const NO_LIGHT_DBM = -40;

export class PortReader {
  readonly #paths: NodePaths;
  readonly #clock: Clock;
  readonly #read = new Map<string, { readonly at: number; readonly light: Light }>();

  constructor(paths: NodePaths, clock: Clock) {
    this.#paths = paths;
    this.#clock = clock;
  }

  async observe(
    links: readonly LinkState[],
    tags: TagsState,
    signal: AbortSignal,
  ): Promise<readonly PortObservation[]> {
    const ports: PortObservation[] = [];
    for (const link of links) {
      const unknown = unknownTagPackets(tags, link.ifindex);
      const light = await this.#lightOf(link, signal);
      const port = { port: link.name, up: link.up && link.carrier, light };
      ports.push(unknown === undefined ? port : { ...port, unknownTagPackets: unknown });
    }
    return ports;
  }

  async #lightOf({ name, kind }: LinkState, signal: AbortSignal): Promise<Light> {
    if (kind !== "physical") return { absent: `${name} is a ${kind} device: it has no optics` };
    const now = this.#clock.now();
    const held = this.#read.get(name);
    if (held !== undefined && now - held.at < READ_EVERY_MS) return held.light;
    const light = await this.#readModule(name, signal);
    this.#read.set(name, { at: now, light });
    return light;
  }

  async #readModule(name: string, signal: AbortSignal): Promise<Light> {
    const argv = argvAt(this.#paths, "default", ["ethtool", "--module-info", name]);
    const why = `read the optics of ${name} of ${this.#paths.node}`;
    try {
      const limits = { signal, timeoutMs: READ_WITHIN_MS };
      const { code, stdout, stderr } = await runAnyway({ argv, why }, limits);
      if (code !== 0)
        return { absent: stderr.trim().slice(0, 200) || "ethtool tells of no module" };
      return parseModule(stdout);
    } catch (error) {
      return { absent: messageOf(error) };
    }
  }
}

const power = /: *[\d.]+ mW \/ (-?[\d.]+|-inf) dBm$/;
const sent = /^(?:Laser output power|Transmit avg optical power *\(Channel (\d+)\)) *:/;
const received =
  /^(?:Receiver signal average optical power|Rcvr signal avg optical power *\(Channel (\d+)\)) *:/;

/** What `ethtool --module-info` prints, of modules with one lane and with several. */
export function parseModule(text: string): Light {
  const lanes = new Map<number, LightLane>();
  for (const line of text.split("\n").map((each) => each.trim())) {
    const dbm = power.exec(line)?.[1];
    const [tx, rx] = [sent.exec(line), received.exec(line)];
    const lane = Number(tx?.[1] ?? rx?.[1] ?? 1);
    if (dbm === undefined || (tx ?? rx) === null) continue;
    const value = dbm === "-inf" ? NO_LIGHT_DBM : Number(dbm);
    const held = lanes.get(lane) ?? { lane };
    lanes.set(lane, tx === null ? { ...held, rxDbm: value } : { ...held, txDbm: value });
  }
  if (lanes.size === 0) return { absent: "the module tells of no optical power" };
  return { lanes: [...lanes.values()] };
}
