/** Who reaches a circuit from the cloud. */
import type { Client } from "../../../src/client/client.ts";
import { clientAs } from "../../../src/main/commands/signed-in.ts";
import * as bodies from "../../../src/main/demo/bodies.ts";
import { addressesOf } from "../../../src/main/demo/order.ts";
import { type Feature, must } from "../feature.ts";
import {
  carries,
  carriesNot,
  customerOf,
  post,
  received,
  remove,
  resetsBy,
  type Standing,
  seen,
  write,
} from "../standing.ts";

/** A further network of the variant's region, with a machine and a gateway. */
async function furtherNetwork(
  standing: Standing,
  client: Client,
  names: bodies.Names,
): Promise<void> {
  const { variant } = standing;
  const index = 7;
  await client.put(names.group, { location: variant.region });
  await write(client, names.virtualNetwork(index), bodies.virtualNetwork(variant, index));
  await Promise.all([
    write(client, names.virtualMachine(index), bodies.virtualMachine(variant, names, index)),
    write(client, names.gateway(index), bodies.gateway(variant, names, index)),
  ]);
}

type Reached = { readonly ipv4: string; readonly ipv6: string };

/** Connects a further network to the first circuit while `work` runs, and takes it away. */
async function withNetwork(
  standing: Standing,
  { client, names, key }: { client: Client; names: bodies.Names; key?: string },
  work: (machine: Reached) => Promise<void>,
): Promise<void> {
  await furtherNetwork(standing, client, names);
  try {
    const { properties, ...rest } = bodies.connection(standing.variant, names, 7) as {
      properties: object;
    };
    const own = standing.names.circuit(0);
    const authorizationKey = key === undefined ? {} : { authorizationKey: key };
    const connected = { ...properties, peer: { id: own }, ...authorizationKey };
    await write(client, names.connection(7), { ...rest, properties: connected });
    const { ipv4, ipv6 } = await addressesOf(
      { ...standing.fabric.parties, customer: client },
      names.virtualMachine(7),
    );
    await work({ ipv4, ipv6 });
  } finally {
    await remove(client, names.connection(7));
    await remove(client, names.gateway(7));
    await remove(client, names.virtualMachine(7));
    await remove(client, names.virtualNetwork(7));
  }
}

/** Its machine is reached while it is connected, and only then. */
function reachedFrom(
  standing: Standing,
  client: Client,
  at: { names: bodies.Names; key?: string },
): Promise<void> {
  return withNetwork(standing, { client, ...at }, async ({ ipv4, ipv6 }) => {
    for (const to of [ipv4, ipv6])
      await seen(`${to} answers`, async () => (await received(standing, to)) === 3);
    await carries(standing);
    await remove(client, at.names.connection(7));
    await seen(`${ipv4} is silent`, async () => (await received(standing, ipv4)) === 0);
  });
}

/** Lets the networks of the first and the further gateway reach others of the circuit, or keeps them apart. */
async function letThrough(standing: Standing, allowRemoteVnetTraffic: boolean): Promise<void> {
  const { names, variant } = standing;
  for (const index of [0, 7]) {
    const { properties, ...rest } = bodies.gateway(variant, names, index) as { properties: object };
    await write(customerOf(standing), names.gateway(index), {
      ...rest,
      properties: { ...properties, allowRemoteVnetTraffic },
    });
  }
}

/** Another customer, with a subscription of its own. */
async function guestOf({
  fabric,
  variant,
}: Standing): Promise<{ client: Client; subscription: string }> {
  const path = `/causeway/accounts/parity-${variant.name}`;
  const { body } = await fabric.parties.operator.put<{
    clientId: string;
    secret: string;
    subscriptionId: string;
  }>(path, { role: "customer", kind: "application" });
  const credentials = await fabric.running.folder.readCredentials();
  if (credentials === undefined) throw new Error("there are no credentials");
  const { clientId, secret, subscriptionId } = body;
  const principal = { name: "customer", clientId, clientSecret: secret, subscriptionId } as const;
  return { client: clientAs(credentials, principal), subscription: subscriptionId };
}

export const connections: readonly Feature[] = [
  {
    name: "connection taken away and made again",
    says: "Without its connection a network is not reached; with it, it is.",
    async check(standing) {
      const customer = customerOf(standing);
      const at = standing.names.connection(0);
      await remove(customer, at);
      try {
        await carriesNot(standing);
      } finally {
        await write(customer, at, bodies.connection(standing.variant, standing.names, 0));
      }
      await carries(standing);
    },
  },
  {
    name: "status of the connection",
    says: "It is told as Connected.",
    check: (standing) =>
      seen("the connection is Connected", async () => {
        const { properties } = await customerOf(standing).get(standing.names.connection(0));
        return properties["connectionStatus"] === "Connected";
      }),
  },
  {
    name: "second connection",
    says: "A second network joins the circuit beside the first, and leaves it again.",
    check: (standing) => reachedFrom(standing, customerOf(standing), { names: standing.names }),
  },
  {
    name: "networks of one circuit",
    says: "They do not reach each other but while both of their gateways allow it.",
    check: (standing) =>
      withNetwork(
        standing,
        { client: customerOf(standing), names: standing.names },
        async ({ ipv4, ipv6 }) => {
          for (const to of [ipv4, ipv6])
            await seen(`${to} answers`, async () => (await received(standing, to)) === 3);
          const across = async (to: string) =>
            received(standing, to, { from: standing.first.machine });
          for (const to of [ipv4, ipv6])
            must((await across(to)) === 0, `${to} is reached without being allowed`);
          try {
            await letThrough(standing, true);
            for (const to of [ipv4, ipv6])
              await seen(`${to} answers the other network`, async () => (await across(to)) === 3);
          } finally {
            await letThrough(standing, false);
          }
          await seen(`${ipv4} is silent again`, async () => (await across(ipv4)) === 0);
          await carries(standing);
        },
      ),
  },
  {
    name: "authorization of another subscription",
    says: "Another customer redeems a key of the circuit: its network is reached, and the key is told as in use.",
    async check(standing) {
      const customer = customerOf(standing);
      const { client, subscription } = await guestOf(standing);
      const at = `${standing.names.circuit(0)}/authorizations/parity`;
      const { body } = await customer.put(at, { properties: {} });
      const key = String(body.properties["authorizationKey"]);
      const names = bodies.namesOf(standing.variant, subscription);
      try {
        await reachedFrom(standing, client, { names, key });
        await remove(client, names.group);
      } finally {
        await remove(customer, at);
      }
    },
  },
  {
    name: "weight of a connection",
    says: "Another weight is in force on the gateway, and resets no session.",
    async check(standing) {
      const customer = customerOf(standing);
      const at = standing.names.connection(0);
      const { properties, ...rest } = bodies.connection(standing.variant, standing.names, 0) as {
        properties: object;
      };
      const weight = (routingWeight: number) =>
        write(customer, at, { ...rest, properties: { ...properties, routingWeight } });
      const reset = await resetsBy(standing, async () => {
        await weight(40);
        await seen("routes have the weight", async () => {
          const path = `${standing.names.gateway(0)}/getLearnedRoutes`;
          const told = await post<{ value: Record<string, unknown>[] }>(customer, path);
          const learned = told.value.filter((row) => String(row["network"]).startsWith("10.10."));
          return learned.length > 0 && learned.every((row) => Number(row["weight"]) >= 40);
        });
        await weight(0);
      });
      must(reset.length === 0, `reset: ${reset.join(", ")}`);
      await carries(standing);
    },
  },
];
