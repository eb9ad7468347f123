/** Circuits whose two links end at two sites of a city, beside the circuit of one site. */
import { SIDES } from "../../../src/fabric/intent.ts";
import * as bodies from "../../../src/main/demo/bodies.ts";
import { orderCircuit, takeAway } from "../../../src/main/demo/order.ts";
import type { Variant } from "../../../src/main/demo/variants.ts";
import { type Ordered, orderedCircuit } from "../../linux/orders.ts";
import { metroVariants } from "../../scenarios/metro-orders.ts";
import { type Feature, must, notApplicable } from "../feature.ts";
import { carries, type Standing, whole, write } from "../standing.ts";

/** Its networks and links have addresses of their own: the site has another circuit. */
const INDEX = 5;

/** The lab's metro location has one customer of an exchange and one pair of a customer's own ports. */
function metroOf({ name }: Variant): Variant | undefined {
  const named = (wanted: string) => metroVariants.find((one) => one.name === wanted);
  const direct = named("metro-direct");
  if (name === "exchange-l2") return named("metro-l2");
  if (name === "direct-qinq") return direct;
  if (name !== "direct-dot1q" || direct === undefined) return undefined;
  const order = { kind: "direct", encapsulation: "Dot1Q", circuits: 1 } as const;
  return { ...direct, name: "metro-dot1q", order };
}

const turns = new Map<string, Promise<unknown>>();

/** Two that want the same pair of ports wait for each other. */
async function inTurn(place: string, work: () => Promise<void>): Promise<void> {
  const mine = (turns.get(place) ?? Promise.resolve()).then(work);
  turns.set(
    place,
    mine.catch(() => {}),
  );
  await mine;
}

async function orderMetro(standing: Standing, metro: Variant): Promise<Ordered> {
  const { parties } = standing.fabric;
  const { customer, operator } = parties;
  const names = bodies.namesOf(metro, parties.customerSubscription);
  await customer.put(names.group, { location: metro.region });
  if (metro.order.kind === "direct") await write(customer, names.port, bodies.ports(metro));
  await write(customer, names.virtualNetwork(INDEX), bodies.virtualNetwork(metro, INDEX));
  await write(customer, names.virtualMachine(INDEX), bodies.virtualMachine(metro, names, INDEX));
  await write(customer, names.gateway(INDEX), bodies.gateway(metro, names, INDEX));
  const pending = await orderCircuit(parties, metro, { names, index: INDEX });
  await Promise.all(pending.map((each) => operator.waitFor(each)));
  return orderedCircuit(parties, metro, INDEX);
}

async function cancelMetro({ fabric: { parties } }: Standing, metro: Variant): Promise<void> {
  const names = bodies.namesOf(metro, parties.customerSubscription);
  if ((await parties.customer.find(names.group)) === undefined) return;
  await takeAway(parties, metro, {
    ...names,
    circuit: () => names.circuit(INDEX),
    peering: () => names.peering(INDEX),
    connection: () => names.connection(INDEX),
  });
}

async function outlivesEitherSite(standing: Standing, metro: Variant): Promise<void> {
  const { parties, running } = standing.fabric;
  const ordered = await orderMetro(standing, metro);
  // Both Direct variants have the ports of one customer there.
  const at = { ...standing, variant: metro, first: ordered };
  const { properties } = await parties.customer.get(ordered.circuitId);
  const level = properties["resiliencyLevel"];
  must(level === "High", `its resiliency is ${level}`);
  await carries(at, ordered);
  for (const side of SIDES) {
    await whole(at);
    await running.backend.probe.setPort(metro.handOff[side], false);
    try {
      await carries(at, ordered);
    } finally {
      await running.backend.probe.setPort(metro.handOff[side], true);
    }
    await carries(at, ordered);
  }
}

export const metro: readonly Feature[] = [
  {
    name: "metro circuit",
    says: "A circuit with one link at each of two sites: packets go on without the one, and without the other.",
    async check(standing) {
      const variant = metroOf(standing.variant);
      if (variant === undefined)
        notApplicable("the lab has no hand-off of this model at its metro location");
      await inTurn(variant.handOff.primary.port, async () => {
        try {
          await outlivesEitherSite(standing, variant);
        } finally {
          await cancelMetro(standing, variant);
        }
      });
    },
  },
];
