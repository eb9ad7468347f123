/** A metro circuit on real nodes: all cables of a site are pulled, and packets go on over the other. */
import { expect, test } from "vitest";
import { namesOf } from "../../../src/main/demo/bodies.ts";
import { circuitVrf } from "../../../src/plan/names.ts";
import { metroVariants, setSite } from "../../scenarios/metro-orders.ts";
import { until } from "../lab-server.ts";
import { order } from "../orders.ts";
import { borrowLab } from "./borrowed-lab.ts";

const WITHIN_MS = 90_000;

test("a metro circuit outlives the loss of a whole site", async () => {
  const [variant] = metroVariants;
  if (variant === undefined) throw new Error("there is no metro variant");
  await using server = await borrowLab();
  const { probe } = server.backend;
  const [ordered] = await order(server.parties, variant);
  const names = namesOf(variant, server.parties.customerSubscription);
  const circuit = await server.parties.customer.get(names.circuit(0));
  expect(circuit.properties["resiliencyLevel"]).toBe("High");
  const answered = async (count: number) => {
    const to = ordered?.machine.ipv4 ?? "";
    const ping = { from: variant.onPremises, to, count, intervalMs: 20, timeoutMs: 500 };
    return (await probe.ping(ping)).received;
  };
  const vrf = circuitVrf(ordered?.serviceKey ?? "");
  const edges = Object.values(variant.handOff).map(({ node }) => node);
  const established = async () => {
    const nodes = server.backend.nodes.filter(({ name }) => edges.includes(name));
    const seen = await Promise.all(nodes.map((node) => node.observe(AbortSignal.timeout(30_000))));
    return seen.every(({ sessions }) => {
      const own = sessions.filter((session) => session.vrf === vrf);
      return (
        own.length > 0 && own.every(({ state, bfd }) => state === "Established" && bfd === "Up")
      );
    });
  };
  const carries = (what: string) =>
    until(what, async () => ((await answered(20)) === 20 ? true : undefined), WITHIN_MS);
  const sessions = (up: boolean) =>
    until(
      `both links' sessions, ${up ? "all" : "some"} of them up and watched`,
      async () => ((await established()) === up ? true : undefined),
      WITHIN_MS,
    );

  await sessions(true);
  await carries("packets pass with both sites");
  await setSite(probe, "Amsterdam", false);
  await sessions(false);
  await carries("packets pass without Amsterdam");
  await setSite(probe, "Amsterdam", true);
  await carries("packets pass with Amsterdam again");
});
