/** The largest packet that a Direct circuit declares, by real packets that may not be cut: to the byte, both ways, both families. */
import { expect, test } from "vitest";
import type { PingResult, Place } from "../../../src/fabric/probe.ts";
import * as bodies from "../../../src/main/demo/bodies.ts";
import { HOST_ADDRESSES } from "../../../src/main/demo/variants.ts";
import { converged, until } from "../lab-server.ts";
import { raiseSite } from "./one-site.ts";

test("packets of 9000, 1500 and 1400 bytes cross where they are declared, one byte more is answered with the size", async () => {
  await using site = await raiseSite("direct-dot1q", [
    ...["fra-primary", "fra-secondary", "oak-ce", "cloud-host"],
  ]);
  const { server, variant, names, circuits } = site;
  const machine = circuits[0]?.machine;
  if (machine === undefined) throw new Error("the variant orders a circuit");
  const { customer, operator } = server.parties;
  const put = async (id: string, body: object, changes: object) => {
    const { properties } = body as { properties: object };
    const asked = { ...body, properties: { ...properties, ...changes } };
    await operator.waitFor(await customer.put(id, asked));
    await converged(server.parties);
  };
  const declare = (causeway: object | null) =>
    put(names.circuit(0), bodies.circuit(variant, names), { causeway });
  const ways: readonly [string, Place, string][] = [
    ["to the cloud", variant.onPremises, machine.ipv4],
    ["to the cloud by IPv6", variant.onPremises, machine.ipv6],
    ["from the cloud", machine, HOST_ADDRESSES.ipv4],
    ["from the cloud by IPv6", machine, HOST_ADDRESSES.ipv6],
  ];
  const ping = ([, from, to]: (typeof ways)[number], bytes: number): Promise<PingResult> =>
    server.backend.probe.ping({ from, to, count: 3, intervalMs: 50, timeoutMs: 1_000, bytes });
  const holds = async (mtu: number) => {
    for (const way of ways) {
      const [said] = way;
      await until(`${mtu} bytes cross ${said}`, async () =>
        (await ping(way, mtu)).received === 3 ? true : undefined,
      );
      const { received, pathMtu } = await ping(way, mtu + 1);
      expect([said, received, pathMtu]).toEqual([said, 0, mtu]);
    }
  };
  await declare({ mtu: 9_000 });
  await holds(9_000);
  await put(names.connection(0), bodies.connection(variant, names, 0), {
    expressRouteGatewayBypass: true,
  });
  await until("FastPath is active", async () => {
    const { properties } = await customer.get(names.connection(0));
    const { state } = (properties["causewayFastPath"] ?? {}) as { state?: string };
    return state === "Active" ? true : undefined;
  });
  await holds(9_000);
  // Hosts remember what they were told for ten minutes, so that smaller ones come last.
  await declare(null);
  await holds(1_500);
  await declare({ mtu: 1_400 });
  await holds(1_400);
});
