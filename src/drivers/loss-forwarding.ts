/**
 * Link loss forwarding of a provider switch: a customer's router and an edge see the loss of a link at
 * once although a switch stands between them (MEF 10.4 calls for it on private lines).
 *
 * A port end is *lost* while it has no carrier and is not held by us; a tunnel end while its far switch
 * says so. The port at the other end of a lost end is *held*: administratively down. A held port never
 * counts as lost, so two ends cannot keep each other down. Only an exclusive port is held, and one that
 * serves several cross-connects only when all have lost their other end: one customer's cable is
 * nobody else's loss.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { Log } from "../base/log.ts";
import type { CrossConnectEnd, CrossConnectFragment } from "../fabric/intent.ts";
import { LinkSetter } from "./link-setter.ts";
import type { LossHub } from "./loss-hub.ts";
import { heldAlias, pulledAlias } from "./netns/diff.ts";
import { argvAt, type NodePaths } from "./places.ts";
import { CommandError, kernelReader } from "./run.ts";
import { wait } from "./wait.ts";

export type PortStates = ReadonlyMap<string, { readonly lit: boolean; readonly alias: string }>;
export type LossVerdict = {
  readonly hold: readonly string[];
  readonly release: readonly string[];
  /** By VNI: whether our end of the tunnel's path is lost. */
  readonly signals: ReadonlyMap<number, boolean>;
};

export class LossForwarding {
  readonly #paths: NodePaths;
  readonly #hub: LossHub;
  readonly #log: Log;
  #fragments: readonly CrossConnectFragment[] = [];
  readonly #setter: LinkSetter;
  #monitor: ChildProcess | undefined;
  /** As they were at the last look; undefined once the kernel told of a change. */
  #ports: PortStates | undefined;
  #unwatch: (() => void) | undefined;
  #pass: Promise<void> | undefined;
  #again = false;

  constructor({ paths, hub, log }: { paths: NodePaths; hub: LossHub; log: Log }) {
    this.#paths = paths;
    this.#hub = hub;
    this.#log = log;
    this.#setter = new LinkSetter(paths);
  }

  /** Watches from now on as these cross-connects ask. Starts and stops its watcher as needed. */
  async follow(fragments: readonly CrossConnectFragment[]): Promise<void> {
    const hadAny = this.#fragments.length > 0;
    this.#fragments = fragments.filter(({ lossForwarding }) => lossForwarding);
    if (this.#fragments.length === 0 && !hadAny) return;
    if (this.#fragments.length > 0) this.#start();
    await this.#look();
    if (this.#fragments.length === 0) this.close();
  }

  /** Ends the watcher and leaves every port as it is. */
  close(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    const monitor = this.#monitor;
    this.#monitor = undefined;
    monitor?.kill("SIGKILL");
    this.#ports = undefined;
    this.#setter.close();
  }

  #start(): void {
    this.#setter.start();
    this.#unwatch ??= this.#hub.watch(this.#paths.node, () => void this.#look());
    if (this.#monitor !== undefined) return;
    const [program, ...rest] = argvAt(this.#paths, "default", ["ip", "-o", "monitor", "link"]);
    const monitor = spawn(program, rest, { stdio: ["ignore", "pipe", "ignore"] });
    this.#monitor = monitor;
    monitor.stdout.on("data", () => {
      this.#ports = undefined;
      void this.#look();
    });
    monitor.on("error", () => {});
    monitor.on("exit", () => {
      if (this.#monitor !== monitor) return;
      this.#monitor = undefined;
      // Nobody tells of changes until the next one runs.
      this.#ports = undefined;
      this.#log("warn", "the link watcher ended and is started again", { node: this.#paths.node });
      void wait(1000).then(() => {
        if (this.#fragments.length === 0) return;
        this.#start();
        void this.#look();
      });
    });
  }

  /** One look at a time; an event during a look causes one more. */
  #look(): Promise<void> {
    this.#again = true;
    this.#pass ??= this.#lookUntilQuiet().finally(() => {
      this.#pass = undefined;
    });
    return this.#pass;
  }

  async #lookUntilQuiet(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        const ports = this.#ports ?? (await this.#read());
        // What changed meanwhile is looked at again.
        this.#ports = this.#again ? undefined : ports;
        await this.#act(
          judgeLoss(this.#fragments, ports, (vni) => this.#hub.isLost(vni, this.#paths.node)),
        );
      } catch (error) {
        this.#log("warn", "link loss could not be forwarded", {
          node: this.#paths.node,
          error: String(error),
        });
      }
    }
  }

  async #read(): Promise<PortStates> {
    const { net, mount, node } = this.#paths;
    const place = { net, mount, namespaces: ["default"] };
    const [reading] = await kernelReader().read("lights", place);
    if (reading === undefined || "error" in reading)
      throw new CommandError(`The ports of ${node} cannot be read: ${reading?.error}`);
    return new Map(reading.state.map((light) => [light.name, light]));
  }

  async #act({ hold, release, signals }: LossVerdict): Promise<void> {
    for (const [vni, lost] of signals) this.#hub.signal(vni, this.#paths.node, lost);
    const lines = [
      ...hold.flatMap((port) => [
        // Told first: a port that is down and nobody's is put up again by the node's next look.
        `link set dev ${port} alias ${heldAlias}`,
        `link set dev ${port} down`,
      ]),
      ...release.flatMap((port) => [`link set dev ${port} alias port`, `link set dev ${port} up`]),
    ];
    if (lines.length === 0) return;
    // Our own change is told of later than the next look may come.
    this.#ports = undefined;
    await this.#setter.set(lines);
  }
}

/** Pure: what follows from the ports' states and what far switches say. */
export function judgeLoss(
  fragments: readonly CrossConnectFragment[],
  ports: PortStates,
  isFarLost: (vni: number) => boolean,
): LossVerdict {
  const isHeld = (port: string) => ports.get(port)?.alias === heldAlias;
  const isLost = (end: CrossConnectEnd) =>
    end.kind === "tunnel"
      ? isFarLost(end.vni)
      : !isHeld(end.port) && ports.get(end.port)?.lit !== true;
  const wishes = new Map<string, boolean[]>();
  const signals = new Map<number, boolean>();
  for (const { ends } of fragments) {
    for (const here of [0, 1] as const) {
      const [end, other] = [ends[here], ends[here === 0 ? 1 : 0]];
      const lost = isLost(other);
      if (end.kind === "tunnel") signals.set(end.vni, lost);
      else if (end.exclusive) wishes.set(end.port, [...(wishes.get(end.port) ?? []), lost]);
    }
  }
  const wanted = new Set([...wishes].filter(([, all]) => all.every(Boolean)).map(([port]) => port));
  const held = [...ports.keys()].filter(isHeld);
  return {
    hold: [...wanted].filter(
      (port) =>
        !isHeld(port) && ports.get(port)?.alias !== pulledAlias && ports.get(port)?.lit === true,
    ),
    release: held.filter((port) => !wanted.has(port)),
    signals,
  };
}
