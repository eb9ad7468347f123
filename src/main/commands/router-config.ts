import { Command, Option } from "commander";
import type { Terminal } from "../../cli/terminal.ts";
import { UsageError } from "../../cli/usage-error.ts";
import type { WireResource } from "../../client/client.ts";
import { ORDINARY_MTU } from "../../domain/circuit-options.ts";
import { peeringOptionsOf } from "../../domain/peering-options.ts";
import type { RouterConfigRequest, RouterLink } from "../../domain/router-config/request.ts";
import { routerTemplates } from "../../domain/router-config/templates.ts";
import { SIDES } from "../../fabric/intent.ts";
import { peeringAddresses, peeringInterface, publicInterface } from "../../plan/names.ts";
import { namedCircuit } from "./named-circuit.ts";
import { DEFAULT_DATA } from "./options.ts";

type Options = {
  readonly data: string;
  readonly format: string;
  readonly network: readonly string[];
  readonly port: readonly string[];
  readonly vrf?: string;
  readonly json?: boolean;
};

export function routerConfigCommand(terminal: Terminal): Command {
  const names = routerTemplates.map(({ name }) => name);
  return new Command("router-config")
    .description(
      "Write the configuration of the customer's router for a circuit: both links, tags, addresses, BGP, BFD. Add the shared key yourself where the peering has one: the API never gives it back.",
    )
    .argument("<circuit>", "name or resource id of the circuit")
    .addOption(new Option("--format <router>", "router to write for").choices(names).default("frr"))
    .option("--network <prefix...>", "prefixes to announce", [])
    .option("--port <name...>", "physical ports of the primary and the secondary link", [
      "port1",
      "port2",
    ])
    .option("--vrf <name>", "VRF on the router")
    .option("--data <folder>", "data folder", DEFAULT_DATA)
    .option("--json", "print the text within a JSON object")
    .action(async (circuit: string, options: Options) => {
      const text = await write(circuit, options);
      if (options.json) terminal.json({ format: options.format, text });
      else terminal.line(text);
    });
}

async function write(name: string, options: Options): Promise<string> {
  const { client, circuit } = await namedCircuit(options.data, name);
  const peerings: Peerings = {
    own: await client.find(`${circuit.id}/peerings/AzurePrivatePeering`),
    open: await client.find(`${circuit.id}/peerings/MicrosoftPeering`),
  };
  const request = requestOf(circuit, peerings, options);
  if (request === undefined)
    throw new UsageError(
      `Circuit ${circuit.name} has no private peering yet, and no public one: the addresses and the C-tag come with it.`,
    );
  const template = routerTemplates.find((candidate) => candidate.name === options.format);
  return template?.render(request) ?? "";
}

/** The private peering of a circuit and the one to public services. */
type Peerings = {
  readonly own: WireResource | undefined;
  readonly open: WireResource | undefined;
};

function requestOf(
  circuit: WireResource,
  { own, open }: Peerings,
  options: Options,
): RouterConfigRequest | undefined {
  const first = own ?? open;
  if (first === undefined) return undefined;
  const linksOf = (peering: WireResource | undefined) =>
    peering === undefined
      ? []
      : SIDES.map((side, index) =>
          linkOf({ circuit, peering, side, port: options.port[index] ?? `port${index + 1}` }),
        );
  const publicLinks = linksOf(open).map((link) => ({
    ...link,
    interface: publicInterface(link.circuit, link.side),
    asn: Number(open?.properties["peerASN"]),
    networks: askedPrefixes(open),
  }));
  return {
    ...(options.vrf === undefined ? {} : { vrf: options.vrf }),
    asn: Number(first.properties["peerASN"]),
    cloudAsn: Number(first.properties["azureASN"]),
    networks: options.network,
    links: linksOf(own),
    ...(publicLinks.length === 0 ? {} : { publicPart: { links: publicLinks } }),
  };
}

/** What the customer asked to announce, on both links. */
function askedPrefixes(peering: WireResource | undefined): readonly string[] {
  type Config = { readonly advertisedPublicPrefixes?: readonly string[] };
  const { microsoftPeeringConfig: ipv4, ipv6PeeringConfig: ipv6 } = (peering?.properties ?? {}) as {
    readonly microsoftPeeringConfig?: Config;
    readonly ipv6PeeringConfig?: { readonly microsoftPeeringConfig?: Config };
  };
  return [ipv4, ipv6?.microsoftPeeringConfig].flatMap(
    (config) => config?.advertisedPublicPrefixes ?? [],
  );
}

function linkOf({
  circuit,
  peering,
  side,
  port,
}: {
  circuit: WireResource;
  peering: WireResource;
  side: "primary" | "secondary";
  port: string;
}): RouterLink {
  const key = String(circuit.properties["serviceKey"]);
  const { properties } = peering;
  const stag = circuit.properties["stag"];
  const vlan = Number(properties["vlanId"]);
  const { bfd, gtsm, role } = peeringOptionsOf(properties["causeway"], "Standard");
  const ipv6 = (properties["ipv6PeeringConfig"] ?? {}) as Record<string, unknown>;
  const families = (["ipv4", "ipv6"] as const).flatMap((family) => {
    const network = (family === "ipv4" ? properties : ipv6)[`${side}PeerAddressPrefix`];
    if (typeof network !== "string" || network === "") return [];
    const { customer, cloudHost } = peeringAddresses(network);
    return [{ family, local: customer, remote: cloudHost }];
  });
  return {
    side,
    circuit: key,
    port,
    interface: peeringInterface(key, side),
    tags: typeof stag === "number" && stag > 0 ? [stag, vlan] : [vlan],
    mtu: mtuDeclared(circuit.properties),
    families,
    bfd,
    isTtlSecure: gtsm,
    isCustomer: role !== "None",
  };
}

function mtuDeclared({ causeway }: Readonly<Record<string, unknown>>): number {
  const { mtu } = (causeway ?? {}) as { mtu?: number };
  return mtu ?? ORDINARY_MTU;
}
