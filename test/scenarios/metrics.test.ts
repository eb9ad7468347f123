/** `/metrics`: what the nodes said, to each caller what it may read. */
import { expect, test } from "vitest";
import { World } from "../../src/world/world.ts";
import { order, variantNamed } from "./world-orders.ts";

type Told = { readonly name: string; readonly labels: string; readonly value: number };

function told(text: string): readonly Told[] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [, name = "", labels = "", value = ""] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
    return { name, labels, value: Number(value) };
  });
}

async function ofWorld() {
  const world = await World.start();
  const { names } = await order(world, "exchange-l2");
  return { world, names };
}

test("a circuit's links, sessions and gateway are told, and traffic counts up", async () => {
  const { world, names } = await ofWorld();
  await using _ = world;
  const sum = async (name: string, ...parts: readonly string[]) => {
    const found = told(await world.customer.text("/metrics")).filter(
      (each) => each.name === name && parts.every((part) => each.labels.includes(part)),
    );
    return { count: found.length, total: found.reduce((total, { value }) => total + value, 0) };
  };
  for (const name of ["arp_available", "bgp_up", "bfd_up"])
    expect(await sum(`causeway_peering_${name}`, `resource_id="${names.circuit(0)}"`)).toEqual({
      count: 4,
      total: 4,
    });
  expect(await sum("causeway_gateway_bgp_up", names.gateway(0))).toEqual({ count: 4, total: 4 });
  expect(await sum("causeway_gateway_machines")).toEqual({ count: 1, total: 1 });
  const before = await sum("causeway_circuit_packets_total", 'direction="in"');
  expect(before.count).toBe(2);
  const { properties } = await world.customer.get(names.virtualMachine(0));
  const [to = ""] = properties["privateIPAddresses"] as readonly string[];
  const from = variantNamed("exchange-l2").onPremises;
  await world.probe.ping({ from, to, count: 5, intervalMs: 10, timeoutMs: 1000 });
  await world.clock.advance(15_000);
  const after = await sum("causeway_circuit_packets_total", 'direction="in"');
  expect(after.total - before.total).toBe(5);
  expect((await sum("causeway_connection_bytes_total", names.connection(0))).total).toBeGreaterThan(
    0,
  );
});

test("a session that is down is told as 0, and its uptime not at all", async () => {
  const { world } = await ofWorld();
  await using _ = world;
  const { far } = variantNamed("exchange-l2");
  await world.probe.setPort(far.primary, false);
  await world.clock.advance(15_000);
  const primary = told(await world.customer.text("/metrics")).filter(({ labels }) =>
    labels.includes('device_role="primary"'),
  );
  const values = (name: string) =>
    primary.filter((each) => each.name === name).map(({ value }) => value);
  expect(values("causeway_peering_bgp_up")).toEqual([0, 0]);
  expect(values("causeway_peering_bgp_uptime_seconds")).toEqual([]);
});

test("a provider is told of the circuits that it carries, and only an operator of nodes", async () => {
  const { world } = await ofWorld();
  await using _ = world;
  const namesFor = async (who: "customer" | "provider" | "operator") =>
    new Set(told(await world[who].text("/metrics")).map(({ name }) => name));
  const [customer, provider, operator] = [
    await namesFor("customer"),
    await namesFor("provider"),
    await namesFor("operator"),
  ];
  expect(provider).toContain("causeway_circuit_bytes_total");
  expect(provider).not.toContain("causeway_gateway_bytes_total");
  expect(customer).toContain("causeway_gateway_bytes_total");
  for (const name of ["causeway_node_failing", "causeway_port_unknown_tag_frames_total"]) {
    expect(operator).toContain(name);
    expect(customer).not.toContain(name);
    expect(provider).not.toContain(name);
  }
});
