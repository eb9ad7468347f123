/**
 * A probe for a simulated fabric: it forwards packets in `routing/` and lets virtual time pass for them.
 * It gives no figure that only a real packet has: no round-trip time, no throughput, no terminal.
 */
import type { FabricProbe, Place, PortPlace, Throughput } from "../fabric/probe.ts";
import type { ConvergedFabric } from "../routing/convergence.ts";
import type { WireStep } from "../routing/disposition.ts";
import { type Forwarding, forwardPacket } from "../routing/forwarding.ts";
import { type Echo, echo, failureWords } from "./simulated-echo.ts";
import type { SimulatedFabric } from "./simulated-fabric.ts";
import { SimulatedStream } from "./simulated-stream.ts";

const ETHERNET_BYTES = 14;
/** Linux's ping: 56 bytes with ICMP, IPv4 and Ethernet headers. */
const PING_BYTES = 84 + ETHERNET_BYTES;
const BGP_PORT = 179;
/** How long a capture waits for the traffic that its caller starts beside it, in turns of the event loop's microtasks. */
const CAPTURE_TURNS = 64;

type Tags = readonly number[];
type Capture = { at: PortPlace; source: string; count: number; readonly frames: Tags[] };

export function createSimulatedProbe(fabric: SimulatedFabric): FabricProbe {
  return new SimulatedProbe(fabric);
}

class SimulatedProbe implements FabricProbe {
  readonly kind = "simulated";
  private readonly fabric: SimulatedFabric;
  private readonly streams = new Set<SimulatedStream>();
  private readonly captures = new Set<Capture>();

  constructor(fabric: SimulatedFabric) {
    this.fabric = fabric;
  }

  async ping(request: Parameters<FabricProbe["ping"]>[0]) {
    let received = 0;
    let pathMtu: number | undefined;
    const { bytes } = request;
    for (let sent = 0; sent < request.count; sent += 1) {
      const answer = echo(this.fabric.converged(), {
        from: request.from,
        destination: request.to,
        protocol: "icmp",
        sourcePort: 0,
        destinationPort: 0,
        ...(bytes === undefined ? {} : { bytes }),
      });
      this.pass(answer, bytes === undefined ? PING_BYTES : bytes + ETHERNET_BYTES);
      pathMtu ??= answer.there.mtu;
      if (answer.isAnswered) received += 1;
      const isLast = sent === request.count - 1;
      if (!isLast) this.fabric.advance(request.intervalMs);
      else if (!answer.isAnswered) this.fabric.advance(request.timeoutMs);
    }
    return { sent: request.count, received, ...(pathMtu === undefined ? {} : { pathMtu }) };
  }

  async tcp(request: Parameters<FabricProbe["tcp"]>[0]): Promise<Throughput> {
    for (let flow = 0; flow < request.flows; flow += 1) {
      const answer = echo(this.fabric.converged(), {
        from: request.from,
        to: request.to,
        destination: request.address,
        protocol: "tcp",
        sourcePort: 50_000 + flow,
        destinationPort: 5201,
      });
      if (!answer.isAnswered) return { absent: `No connection. ${failureWords(answer)}` };
    }
    this.fabric.advance(request.seconds * 1000);
    return {
      absent: "The address is reached, but a simulated fabric has no throughput; a Linux lab has.",
    };
  }

  async stream({ signal, ...request }: Parameters<FabricProbe["stream"]>[0]) {
    signal.throwIfAborted();
    const stream = new SimulatedStream(this.fabric, request);
    this.streams.add(stream);
    const stop = () => {
      signal.removeEventListener("abort", stop);
      this.streams.delete(stream);
      return stream.stop();
    };
    signal.addEventListener("abort", stop);
    return { stop: async () => stop() };
  }

  async captureTags(request: Parameters<FabricProbe["captureTags"]>[0]): Promise<readonly Tags[]> {
    const capture: Capture = { ...request, frames: [] };
    this.captures.add(capture);
    for (let turn = 0; turn < CAPTURE_TURNS && !isFull(capture); turn += 1) await Promise.resolve();
    this.captures.delete(capture);
    for (const stream of this.streams) fill(capture, stream.echoes().flatMap(forwardings));
    if (capture.frames.length === 0) fill(capture, keepalives(this.fabric.converged()));
    if (!isFull(capture)) this.fabric.advance(request.timeoutMs);
    return capture.frames;
  }

  async setPort(at: PortPlace, up: boolean): Promise<void> {
    this.letStreamsWatch();
    this.fabric.setPort(at, up);
  }

  async setSilence(at: PortPlace, silent: boolean): Promise<void> {
    this.letStreamsWatch();
    this.fabric.setSilence(at, silent);
  }

  async exec(_at: Place, _argv: readonly string[]): Promise<undefined> {
    return undefined;
  }

  /** Before a hand touches a cable: a stream must have seen what was before. */
  private letStreamsWatch(): void {
    const [stream] = this.streams;
    stream?.watchOn();
  }

  private pass(answer: Echo, bytes: number): void {
    for (const forwarding of forwardings(answer)) {
      this.fabric.count(forwarding, { count: 1, bytes });
      for (const capture of this.captures) fill(capture, [forwarding]);
    }
  }
}

function forwardings({ there, back }: Echo): readonly Forwarding[] {
  return back ? [there, back] : [there];
}

function isFull({ frames, count }: Capture): boolean {
  return frames.length >= count;
}

/** Keeps the tags of the frames that are on the captured port's wire, in either direction. */
function fill(capture: Capture, packets: readonly Forwarding[]): void {
  for (const { trace, flow } of packets) {
    for (const step of trace) {
      if (isFull(capture)) return;
      if (step.kind !== "wire" || !touches(step, capture.at)) continue;
      // Inside a tunnel the wire shows the addresses of the underlay, not the packet's.
      if (flow?.source === capture.source && !step.encapsulated) capture.frames.push(step.tags);
    }
  }
}

function touches({ from, to }: WireStep, at: PortPlace): boolean {
  return [from, to].some(({ node, port }) => node === at.node && port === at.port);
}

/** What routers send each other unasked: one packet for each end of every session that stands. */
function keepalives(fabric: ConvergedFabric): readonly Forwarding[] {
  return [...fabric.ends.values()].flatMap((end) => {
    if (!fabric.memory.get(end.key)?.up) return [];
    return forwardPacket(fabric, {
      from: { node: end.node, vrf: end.vrf.name },
      destination: end.neighbor.address,
      protocol: "tcp",
      sourcePort: BGP_PORT,
      destinationPort: BGP_PORT,
    });
  });
}
