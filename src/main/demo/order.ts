/** Ordering, as the customer and the provider would through the API; and taking it all away again. */
import type { Answer, Client, PendingOperation, WireResource } from "../../client/client.ts";
import * as bodies from "./bodies.ts";
import type { Variant } from "./variants.ts";

export type Parties = {
  readonly customer: Client;
  readonly provider: Client;
  readonly operator: Client;
  readonly customerSubscription: string;
  readonly providerSubscription: string;
};

/** Judges nothing: on a machine that has just started, programs come slowly from the disk. */
const WAIT = { timeoutMs: 120_000 };

export function circuitsOf({ order }: Variant): number {
  return order.kind === "direct" ? order.circuits : 1;
}

/** The cloud's side that stands before a circuit is ordered: networks, gateways, virtual machines, Direct ports. */
export async function prepareCloud(
  { customer }: Parties,
  variant: Variant,
  names: bodies.Names,
): Promise<void> {
  await customer.put(names.group, { location: variant.region });
  const pending: PendingOperation[] = [];
  if (variant.order.kind === "direct")
    pending.push(await customer.put(names.port, bodies.ports(variant)));
  for (let index = 0; index < circuitsOf(variant); index += 1) {
    pending.push(
      await customer.put(names.virtualNetwork(index), bodies.virtualNetwork(variant, index)),
    );
    pending.push(
      await customer.put(names.virtualMachine(index), bodies.virtualMachine(variant, names, index)),
    );
    pending.push(await customer.put(names.gateway(index), bodies.gateway(variant, names, index)));
  }
  await Promise.all(pending.map((operation) => customer.waitFor(operation, WAIT)));
}

/** Order, provision, peer, connect: nothing waits for the nodes but the last step. */
export async function orderCircuit(
  parties: Parties,
  variant: Variant,
  { names, index }: { names: bodies.Names; index: number },
): Promise<readonly PendingOperation[]> {
  const { customer, provider } = parties;
  const ordered: Answer<WireResource> = await customer.put(
    names.circuit(index),
    bodies.circuit(variant, names),
  );
  const steps: PendingOperation[] = [ordered];
  const key = String(ordered.body.properties["serviceKey"]);
  if (variant.order.kind === "provider") {
    const crossConnection = crossConnectionId(parties, variant, key);
    steps.push(await provider.put(crossConnection, bodies.provisioned(variant)));
    const peering =
      variant.peeringBy === "provider"
        ? provider.put(
            `${crossConnection}/peerings/AzurePrivatePeering`,
            bodies.peering(variant, index),
          )
        : customer.put(names.peering(index), bodies.peering(variant, index));
    steps.push(await peering);
  } else steps.push(await customer.put(names.peering(index), bodies.peering(variant, index)));
  steps.push(await customer.put(names.connection(index), bodies.connection(variant, names, index)));
  return steps;
}

export function crossConnectionId(
  { providerSubscription }: Pick<Parties, "providerSubscription">,
  { location }: Variant,
  serviceKey: string,
): string {
  return `/subscriptions/${providerSubscription}/resourceGroups/CrossConnection-${location.replaceAll(" ", "")}/providers/Microsoft.Network/expressRouteCrossConnections/${serviceKey}`;
}

/** In the order that the API asks for: connection, peering, provider, circuit, and then the rest. */
export async function takeAway(
  parties: Parties,
  variant: Variant,
  names: bodies.Names,
): Promise<void> {
  const { customer, provider } = parties;
  for (let index = 0; index < circuitsOf(variant); index += 1) {
    const circuit = await customer.find(names.circuit(index));
    if (circuit === undefined) continue;
    await gone(customer, names.connection(index));
    if (variant.order.kind === "provider") {
      const crossConnection = crossConnectionId(
        parties,
        variant,
        String(circuit.properties["serviceKey"]),
      );
      await (variant.peeringBy === "provider"
        ? gone(provider, `${crossConnection}/peerings/AzurePrivatePeering`)
        : gone(customer, names.peering(index)));
      await provider.waitFor(
        await provider.put(crossConnection, {
          properties: { serviceProviderProvisioningState: "NotProvisioned" },
        }),
        WAIT,
      );
    } else await gone(customer, names.peering(index));
    await gone(customer, names.circuit(index));
  }
  if (variant.order.kind === "direct") {
    const disabled = bodies.ports(variant, "Disabled");
    await customer.waitFor(await customer.put(names.port, disabled), WAIT);
  }
  await gone(customer, names.group);
}

async function gone(client: Client, id: string): Promise<void> {
  await client.waitFor(await client.delete(id), WAIT);
}

/** A virtual machine's addresses, as the API tells them. */
export async function addressesOf(
  { customer }: Parties,
  id: string,
): Promise<{ ipv4: string; ipv6: string }> {
  const { properties } = await customer.get(id);
  const addresses = (properties["privateIPAddresses"] ?? []) as readonly string[];
  const of = (isIpv6: boolean) =>
    addresses.find((address) => address.includes(":") === isIpv6) ?? "";
  return { ipv4: of(false), ipv6: of(true) };
}
