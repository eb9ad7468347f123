/**
 * A stream of echoed datagrams over virtual time. In each stretch of time in which the fabric stays as
 * it is, one datagram of each flow is forwarded and stands for all that the flow sends in it.
 */
import type { Place, StreamResult } from "../fabric/probe.ts";
import type { Translation } from "../routing/source-nat.ts";
import { type Echo, echo } from "./simulated-echo.ts";
import type { Epoch, SimulatedFabric } from "./simulated-fabric.ts";

export type StreamRequest = {
  readonly from: Place;
  readonly to: Place;
  readonly address: string;
  readonly intervalMs: number;
  readonly flows: number;
};

const ECHO_PORT = 7;
const FIRST_SOURCE_PORT = 40_000;
/** A datagram of 64 bytes with its UDP, IPv4 and Ethernet headers. */
const DATAGRAM_BYTES = 106;
/** What a stream watches before and after each change, so that it has seen the state to compare with. */
const QUIET_MS = 1000;

type FlowTally = { sent: number; received: number; lastEchoMs: number; longestGapMs: number };

export class SimulatedStream {
  private readonly fabric: SimulatedFabric;
  private readonly request: StreamRequest;
  private readonly startMs: number;
  private readonly tallies: FlowTally[];
  private readonly unwatch: () => void;
  /** Of each flow: what routers made of its first packet. */
  private readonly translations = new Map<number, readonly Translation[]>();
  private result: StreamResult | undefined;

  constructor(fabric: SimulatedFabric, request: StreamRequest) {
    this.fabric = fabric;
    this.request = request;
    this.startMs = fabric.nowMs();
    this.tallies = Array.from({ length: request.flows }, () => ({
      sent: 0,
      received: 0,
      // So that the wait for the first echo counts from the first datagram.
      lastEchoMs: this.startMs - request.intervalMs,
      longestGapMs: 0,
    }));
    this.unwatch = fabric.watch((epoch) => this.live(epoch));
  }

  get isRunning(): boolean {
    return this.result === undefined;
  }

  /** Lets what was changed take effect, and a quiet second pass. */
  watchOn(): void {
    this.fabric.settle();
    this.fabric.advance(QUIET_MS);
  }

  /** What the flows send at this moment. */
  echoes(): readonly Echo[] {
    return this.tallies.map((_, flow) => this.echoOf(flow, this.fabric.converged()));
  }

  stop(): StreamResult {
    if (this.result !== undefined) return this.result;
    this.watchOn();
    this.unwatch();
    const endMs = this.fabric.nowMs();
    const { intervalMs } = this.request;
    const blackouts = this.tallies.map(({ lastEchoMs, longestGapMs }) =>
      Math.max(longestGapMs, endMs - lastEchoMs),
    );
    this.result = {
      sent: sum(this.tallies.map(({ sent }) => sent)),
      received: sum(this.tallies.map(({ received }) => received)),
      blackoutMs: Math.max(0, ...blackouts.map((gapMs) => gapMs - intervalMs)),
    };
    return this.result;
  }

  private live({ fromMs, toMs, fabric }: Epoch): void {
    const { intervalMs } = this.request;
    const first = Math.ceil((fromMs - this.startMs) / intervalMs);
    const count = Math.ceil((toMs - this.startMs) / intervalMs) - first;
    if (count <= 0) return;
    const firstMs = this.startMs + first * intervalMs;
    for (const [flow, tally] of this.tallies.entries()) {
      const answer = this.echoOf(flow, fabric);
      this.fabric.count(answer.there, { count, bytes: DATAGRAM_BYTES });
      if (answer.back) this.fabric.count(answer.back, { count, bytes: DATAGRAM_BYTES });
      tally.sent += count;
      if (!answer.isAnswered) continue;
      tally.received += count;
      tally.longestGapMs = Math.max(tally.longestGapMs, firstMs - tally.lastEchoMs);
      tally.lastEchoMs = firstMs + (count - 1) * intervalMs;
    }
  }

  private echoOf(flow: number, fabric: Epoch["fabric"]): Echo {
    const { from, to, address } = this.request;
    const remembered = this.translations.get(flow) ?? [];
    const answer = echo(fabric, {
      remembered,
      from,
      to,
      destination: address,
      protocol: "udp",
      sourcePort: FIRST_SOURCE_PORT + flow,
      destinationPort: ECHO_PORT,
    });
    const { translations } = answer.there;
    if (remembered.length === 0 && translations.length > 0)
      this.translations.set(flow, translations);
    return answer;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
