/** One circuit's whole life, by az alone: every step is a command of a customer, a guest or a provider, and what the
 * lab's packets do is looked at between them. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Place } from "../../src/fabric/probe.ts";
import { C_TAG, type Variant } from "../../src/main/demo/variants.ts";
import { type LabServer, until } from "../linux/lab-server.ts";
import type { Az, AzAnswer } from "./az-shell.ts";

export type Life = {
  readonly server: LabServer;
  readonly customer: Az;
  /** Another customer, with a subscription of its own. */
  readonly guest: Az;
  readonly provider: Az;
  readonly variant: Variant;
  /** Resource group of the customer, and of the guest. */
  readonly group: string;
};

/** Six lives share the machine: none is late before this. */
export const WITHIN_MS = 120_000;

export type Machine = Place & { readonly ipv4: string; readonly ipv6: string };
export type Circuit = { readonly id: string; readonly serviceKey: string };

export const PEERING = "AzurePrivatePeering";
const api = "api-version=2024-10-01";
export const expressRoute = (...words: readonly string[]) => ["network", "express-route", ...words];

export async function order(life: Life): Promise<Circuit> {
  const { customer, group, variant } = life;
  await customer("group", "create", "-n", group, "-l", variant.region);
  if (variant.order.kind === "direct") await orderPorts(life);
  const circuit = await customer(
    ...expressRoute("create", "-g", group, "-n", "line", "-l", variant.region),
    ...(await orderedBy(life)),
    ...["--sku-tier", "Standard", "--sku-family", "MeteredData", "--tags", "step=ordered"],
  );
  expect(circuit).toMatchObject({
    provisioningState: "Succeeded",
    circuitProvisioningState: "Enabled",
    tags: { step: "ordered" },
    sku: { name: "Standard_MeteredData" },
    serviceProviderProvisioningState:
      variant.order.kind === "direct" ? "Provisioned" : "NotProvisioned",
  });
  return circuit;
}

async function orderedBy({ customer, group, variant }: Life): Promise<readonly string[]> {
  if (variant.order.kind === "provider") {
    const offers = await customer(...expressRoute("list-service-providers"));
    expect(offers.map(({ name }: AzAnswer) => name)).toContain(variant.order.provider);
    return [
      ...["--provider", variant.order.provider, "--peering-location", variant.location],
      ...["--bandwidth", "200 Mbps"],
    ];
  }
  const { id } = await customer(...expressRoute("port", "show", "-g", group, "-n", "pair"));
  return ["--express-route-port", id, "--bandwidth", "2 Gbps"];
}

/** The pair of ports, its letter, and both links lit. */
async function orderPorts({ customer, group, variant }: Life): Promise<void> {
  if (variant.order.kind !== "direct") return;
  const port = (...words: string[]) => customer(...expressRoute("port", ...words));
  const places = await port("location", "list");
  expect(places.map(({ name }: AzAnswer) => name)).toContain(variant.location);
  const made = await port(
    ...["create", "-g", group, "-n", "pair", "-l", variant.region, "--bandwidth", "10 Gbps"],
    ...["--encapsulation", variant.order.encapsulation, "--peering-location", variant.location],
  );
  expect(made.links.map(({ adminState }: AzAnswer) => adminState)).toEqual([
    "Disabled",
    "Disabled",
  ]);
  const folder = await mkdtemp(join(tmpdir(), "causeway-letter-"));
  try {
    const file = join(folder, "loa.pdf");
    await port("generate-loa", "-g", group, "-n", "pair", "--customer-name", "Life", "-f", file);
    expect((await readFile(file)).subarray(0, 5).toString()).toBe("%PDF-");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  for (const link of ["link1", "link2"]) await setLink({ customer, group }, link, "Enabled");
}

export function setLink(
  { customer, group }: Pick<Life, "customer" | "group">,
  link: string,
  state: "Enabled" | "Disabled",
): Promise<AzAnswer> {
  const which = ["-g", group, "--port-name", "pair", "-n", link];
  return customer(...expressRoute("port", "link", "update", ...which, "--admin-state", state));
}

/** A virtual network with a machine and a gateway, of the customer or of the guest. */
export async function cloud(life: Life, az: Az, space: number): Promise<Machine> {
  const { group, variant } = life;
  const here = ["-g", group];
  await az("group", "create", "-n", group, "-l", variant.region);
  await az(
    ...["network", "vnet", "create", ...here, "-n", "net", "-l", variant.region],
    ...["--address-prefixes", `10.${space}.0.0/16`, `fd20:${space}::/48`],
    ...["--subnet-name", "GatewaySubnet"],
    ...["--subnet-prefixes", `10.${space}.0.0/26`, `fd20:${space}::/64`],
  );
  const subnet = await az(
    ...["network", "vnet", "subnet", "create", ...here, "--vnet-name", "net", "-n", "servers"],
    ...["--address-prefixes", `10.${space}.1.0/24`, `fd20:${space}:0:1::/64`],
  );
  await az("network", "public-ip", "create", ...here, "-n", "gw-ip", "-l", variant.region);
  const [machine] = await Promise.all([
    az(
      ...["rest", "--method", "put", "--url"],
      `/subscriptions/{subscriptionId}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/vm-${group}-${space}?${api}`,
      ...body({ location: variant.region, properties: { subnet: { id: subnet.id } } }),
    ),
    az(
      ...["network", "vnet-gateway", "create", ...here, "-n", "gw", "-l", variant.region],
      ...["--vnet", "net", "--gateway-type", "ExpressRoute", "--sku", "ErGw1AZ"],
      ...["--public-ip-addresses", "gw-ip"],
    ),
  ]);
  return machineOf(life, machine);
}

async function machineOf({ server }: Life, { id, properties }: AzAnswer): Promise<Machine> {
  const { value } = await server.parties.operator.get<{
    value: readonly (Place & { resourceId: string })[];
  }>("/causeway/places");
  const place = value.find(({ resourceId }) => resourceId === id);
  if (place === undefined) throw new Error(`${id} is nowhere`);
  const addresses: readonly string[] = properties.privateIPAddresses;
  const of = (isIpv6: boolean) => addresses.find((one) => one.includes(":") === isIpv6) ?? "";
  return { node: place.node, vrf: place.vrf, ipv4: of(false), ipv6: of(true) };
}

/** The provider has no command of its own: the extension for it is not in Debian. */
export function crossConnection(
  { provider, variant }: Life,
  { serviceKey }: Circuit,
  {
    method,
    path = "",
    sent,
  }: { method: "get" | "put" | "post" | "delete"; path?: string; sent?: object },
): Promise<AzAnswer> {
  const at = `/subscriptions/{subscriptionId}/resourceGroups/CrossConnection-${variant.location}/providers/Microsoft.Network/expressRouteCrossConnections`;
  const url = `${at}/${serviceKey}${path}?${api}`;
  return provider(
    "rest",
    "--method",
    method,
    "--url",
    url,
    ...(sent === undefined ? [] : body(sent)),
  );
}

export async function provision(
  life: Life,
  circuit: Circuit,
  state: "Provisioned" | "NotProvisioned",
): Promise<void> {
  const { order } = life.variant;
  if (order.kind !== "provider") return;
  const handOff = state === "Provisioned" ? { handOff: order.handOff } : {};
  const sent = { properties: { serviceProviderProvisioningState: state, ...handOff } };
  await crossConnection(life, circuit, { method: "put", sent });
  const shown = await life.customer(...expressRoute("show", "-g", life.group, "-n", "line"));
  expect(shown.serviceProviderProvisioningState).toBe(state);
}

const ipv4 = { primary: "192.168.100.0/30", secondary: "192.168.100.4/30" };
const ipv6 = { primary: "fd64::/126", secondary: "fd64::4/126" };

/** Private peering for both families, by whoever's router speaks BGP. */
export async function peer(life: Life, circuit: Circuit): Promise<void> {
  const { customer, group, variant } = life;
  if (variant.peeringBy === "provider") {
    const properties = {
      ...{ peeringType: PEERING, peerASN: 65020, vlanId: C_TAG, sharedKey: "lifeKey2026" },
      ...{ primaryPeerAddressPrefix: ipv4.primary, secondaryPeerAddressPrefix: ipv4.secondary },
      ipv6PeeringConfig: {
        ...{ primaryPeerAddressPrefix: ipv6.primary, secondaryPeerAddressPrefix: ipv6.secondary },
      },
    };
    const path = `/peerings/${PEERING}`;
    await crossConnection(life, circuit, { method: "put", path, sent: { properties } });
  } else {
    const which = ["-g", group, "--circuit-name", "line"];
    await customer(
      ...expressRoute("peering", "create", ...which, "--peering-type", PEERING),
      ...["--peer-asn", "65010", "--vlan-id", `${C_TAG}`, "--shared-key", "lifeKey2026"],
      ...["--primary-peer-subnet", ipv4.primary, "--secondary-peer-subnet", ipv4.secondary],
    );
    await customer(
      ...expressRoute("peering", "create", ...which, "--peering-type", PEERING),
      ...["--peer-asn", "65010", "--vlan-id", `${C_TAG}`, "--ip-version", "IPv6"],
      ...["--primary-peer-subnet", ipv6.primary, "--secondary-peer-subnet", ipv6.secondary],
    );
  }
  // What is put by `az rest` is not waited for.
  const shown = await until(
    "the peering stands",
    async () => {
      const which = ["-g", group, "--circuit-name", "line", "-n", PEERING];
      const { provisioningState, ...rest } = await customer(
        ...expressRoute("peering", "show", ...which),
      );
      return provisioningState === "Succeeded" ? rest : undefined;
    },
    WITHIN_MS,
  );
  expect(shown).toMatchObject({
    azureASN: 12076,
    peerASN: variant.peeringBy === "provider" ? 65020 : 65010,
    primaryPeerAddressPrefix: ipv4.primary,
    ipv6PeeringConfig: { secondaryPeerAddressPrefix: ipv6.secondary },
  });
}

export async function connect(
  { group, variant }: Life,
  az: Az,
  { id, key }: { id: string; key?: string },
): Promise<void> {
  await az(
    ...["network", "vpn-connection", "create", "-g", group, "-n", "link", "-l", variant.region],
    ...["--vnet-gateway1", "gw", "--express-route-circuit2", id],
    ...(key === undefined ? [] : ["--authorization-key", key]),
  );
}

export const disconnect = ({ group }: Life, az: Az): Promise<AzAnswer> =>
  az("network", "vpn-connection", "delete", "-g", group, "-n", "link");

/** Waits until both families reach the machine from the customer's site, every packet. */
export async function reaches(life: Life, machine: Machine, why: string): Promise<void> {
  for (const to of [machine.ipv4, machine.ipv6]) {
    await until(
      `${life.variant.name}: ${why}: ${to} is reached`,
      async () => ((await received(life, to, 3)) === 3 ? true : undefined),
      WITHIN_MS,
    );
  }
}

export async function reachesNot(life: Life, machine: Machine, why: string): Promise<void> {
  for (const to of [machine.ipv4, machine.ipv6]) {
    await until(
      `${life.variant.name}: ${why}: ${to} is reached no more`,
      async () => ((await received(life, to, 2)) === 0 ? true : undefined),
      WITHIN_MS,
    );
  }
}

async function received({ server, variant }: Life, to: string, count: number): Promise<number> {
  const ping = { from: variant.onPremises, to, count, intervalMs: 50, timeoutMs: 300 };
  return (await server.backend.probe.ping(ping)).received;
}

export function body(sent: object): readonly string[] {
  return ["--body", JSON.stringify(sent)];
}
