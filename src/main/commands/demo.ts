import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, Option } from "commander";
import { systemClock } from "../../base/clock.ts";
import { type Terminal, table } from "../../cli/terminal.ts";
import type { DemoResult, VariantResult } from "../demo/result.ts";
import { variants } from "../demo/variants.ts";
import { setUp } from "../setup.ts";
import type { Up } from "../up.ts";

type DemoOptions = {
  readonly nodes?: "linux" | "simulated";
  readonly only?: readonly string[];
  readonly json?: boolean;
};

export function demoCommand(terminalOf: (options: { quiet: boolean }) => Terminal): Command {
  return new Command("demo")
    .description(
      "Order, check, cut and delete a circuit of every variant, on a lab made for it and taken away after. Exit code 1 when a check failed.",
    )
    .addOption(
      new Option("--nodes <kind>", "default: linux where it can be, simulated elsewhere").choices([
        "linux",
        "simulated",
      ]),
    )
    .addOption(
      new Option("--only <variant...>", "these variants alone").choices(
        variants.map(({ name }) => name),
      ),
    )
    .option("--json", "print one JSON object and nothing else")
    .action(async (options: DemoOptions) => {
      const terminal = terminalOf({ quiet: options.json ?? false });
      const result = await demo(options, terminal);
      if (options.json) terminal.json(result);
      else for (const line of summary(result)) terminal.line(line);
      process.exitCode = result.variants.every(({ pass }) => pass) ? 0 : 1;
    });
}

async function demo(options: DemoOptions, terminal: Terminal): Promise<DemoResult> {
  const { up } = await import("../up.ts");
  const { runDemo } = await import("../demo/demo.ts");
  const say = (line: string) => (options.json ? undefined : terminal.line(line));
  const data = await mkdtemp(join(tmpdir(), "causeway-demo-"));
  let running: Up | undefined;
  // Interrupted or not, nothing of the demo stays on the machine.
  const clear = async () => {
    const ending = running;
    running = undefined;
    await ending?.stop();
    await ending?.backend.raze();
    await rm(data, { recursive: true, force: true });
    return (await ending?.backend.leftovers()) ?? [];
  };
  const interrupted = () => void clear().finally(() => process.exit(130));
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  try {
    if (options.nodes !== "simulated") await setUp(say);
    const started = systemClock.now();
    const nodes = options.nodes === undefined ? {} : { nodes: options.nodes };
    running = await up({ data, listen: "127.0.0.1:0", ...nodes }, { say });
    for (const line of introduction(running)) say(line);
    const only = options.only === undefined ? {} : { only: options.only };
    const result = await runDemo(running, { say, ...only });
    const left = await clear();
    if (left.length > 0) throw new Error(`The lab left behind: ${left.join("; ")}`);
    return { ...result, elapsedMs: Math.round(systemClock.now() - started) };
  } finally {
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
    await clear();
  }
}

function introduction({ backend }: Up): string[] {
  const real = "Real nodes: network namespaces, FRR and eBPF on this machine; real packets.";
  const computed =
    "The same intents, computed: BGP, BFD and forwarding in virtual time, no packets.";
  return [
    backend.kind === "linux" ? real : computed,
    "Circuits join customers' networks to a cloud and never cross the internet. Six variants are all four",
    "connectivity models, each from a host on premises to a virtual machine. Each variant is ordered by a",
    "customer through the API, provisioned by its provider, routed by BGP over two links, looked at, cut on one",
    "link, silenced on it, and deleted. Tags are S-tag.C-tag, or the C-tag alone. Blackouts are those of a",
    "stream of 4,000 datagrams a second over 16 flows, both ways.",
  ];
}

function summary({ nodes, variants: results, elapsedMs }: DemoResult): string[] {
  const heading = [
    "variant",
    "",
    "first packet ms",
    "tags",
    "BGP",
    "ping lost % v4/v6",
    "TCP Mbit/s to cloud/back",
    "links %",
    "blackout ms cut/silent",
    "left",
  ];
  const passed = results.filter(({ pass }) => pass).length;
  return [
    "",
    ...table(heading, results.map(row)),
    "",
    ...absences(results),
    `${passed} of ${results.length} variants held every check, on ${nodes} nodes, in ${(elapsedMs / 1000).toFixed(1)} s.`,
    "For a network that stays, to order on yourself: `npx causeway up`, then docs/clients.md.",
  ];
}

function row(result: VariantResult): string[] {
  const {
    orderToFirstPacketMs: first,
    tags,
    bgp,
    ping,
    throughputMbps: tcp,
    linkSharePct: share,
    blackoutMs: blackout,
  } = result;
  const print = (value: number | null) => (value === null ? "–" : String(Math.round(value)));
  const tag = [tags.primary.outer, tags.primary.inner].filter((each) => each !== null).join(".");
  return [
    result.name,
    result.pass ? "ok" : "FAILED",
    `${print(first.primary)} / ${print(first.secondary)}`,
    tag,
    bgp.primary === bgp.secondary ? bgp.primary : `${bgp.primary} / ${bgp.secondary}`,
    `${ping.ipv4LossPct} / ${ping.ipv6LossPct}`,
    `${print(tcp.toCloud)} / ${print(tcp.toOnPremises)}`,
    shares(share),
    `${print(blackout.linkDown)} / ${print(blackout.silent)}`,
    String(result.leftovers),
  ];
}

/** Rounded together: two halves that are rounded each would be more than all. */
function shares({ primary, secondary }: VariantResult["linkSharePct"]): string {
  if (primary === null || secondary === null) return "– / –";
  return `${Math.round(primary)} / ${100 - Math.round(primary)}`;
}

function absences(results: readonly VariantResult[]): string[] {
  const reasons = new Set(
    results.flatMap(({ absent }) => absent.map((text) => text.replace(/^.*?: /, ""))),
  );
  return [...reasons].map((reason) => `– means: ${reason}`);
}
