/** I1: no packet of one circuit ever leaves on another. Five circuits at once, same addresses, same C-tag. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { argvIn } from "../../../src/drivers/place-argv.ts";
import { run } from "../../../src/drivers/run.ts";
import type { PortPlace } from "../../../src/fabric/probe.ts";
import { C_TAG, HOST_ADDRESSES } from "../../../src/main/demo/variants.ts";
import { circuitVrf, peeringInterface } from "../../../src/plan/names.ts";
import { type LabServer, until, variantNamed } from "../lab-server.ts";
import { type Answerer, ask, MARKER_PORT, startAnswerer, watchPort } from "../markers.ts";
import { type Ordered, order } from "../orders.ts";
import { type RawFrame, sendFrames, type Tag } from "../raw-frames.ts";
import { borrowLab } from "./borrowed-lab.ts";

const COUNT = 20;
const UNKNOWN = 3999;
const PINE: PortPlace = { node: "pine-ce", port: "wan1" };
const OAK: PortPlace = { node: "oak-ce", port: "wan1" };
const CAGE: PortPlace = { node: "alder-ce", port: "wan1" };
const DIRECT: PortPlace = { node: "ams-primary", port: "direct1" };
const DOT1Q: PortPlace = { node: "fra-primary", port: "direct1" };
const NNI: PortPlace = { node: "ams-primary", port: "nni-polder" };

let server: LabServer;
let lab = "";
let circuits: ReadonlyMap<string, Ordered> = new Map();
const answerers = new Map<string, Answerer>();

beforeAll(async () => {
  server = await borrowLab();
  lab = (await server.folder.readLab()) ?? "";
  const names = ["exchange-l2", "exchange-l3", "direct-qinq", "direct-dot1q"];
  const orders = await Promise.all(names.map((name) => order(server.parties, variantNamed(name))));
  circuits = new Map(orders.flat().map((each) => [`${each.variant.name}-${each.index + 1}`, each]));
  for (const [name, { machine }] of circuits) {
    const at = { at: machine, name, address: machine.ipv4 };
    answerers.set(name, await startAnswerer(lab, at));
  }
});

afterAll(async () => {
  for (const each of answerers.values()) await each[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

test("every host reaches its own machine and no other, under its own tags and no others", async () => {
  const ports = new Map<string, PortPlace>(
    [...circuits.values()].flatMap(({ variant: { handOff } }) =>
      [handOff.primary, handOff.secondary].map((at) => [`${at.node}:${at.port}`, at]),
    ),
  );
  for (const [name, { variant, machine }] of circuits)
    await until(`${name} carries packets`, async () => {
      const ping = { count: 1, intervalMs: 100, timeoutMs: 300 };
      const { received } = await server.backend.probe.ping({
        from: variant.onPremises,
        to: machine.ipv4,
        ...ping,
      });
      return received === 1 ? true : undefined;
    });
  await bothLinksUp();
  const watches = await Promise.all(
    [...ports].map(async ([name, at]) => [name, await watchPort(lab, at)] as const),
  );
  const answers = await Promise.all(
    [...circuits].map(async ([name, { variant, machine }]) => {
      const request = { from: variant.onPremises, address: machine.ipv4, text: `marker:${name}` };
      return [name, await ask(lab, request)] as const;
    }),
  );
  for (const [name, found] of answers)
    expect(Object.keys(found), name).toEqual([`answer:${name} marker:${name}`]);
  for (const [name, answerer] of answerers)
    expect(Object.keys(await answerer.seen()), name).toEqual([`marker:${name}`]);

  const seen = new Set<string>();
  for (const [port, watch] of watches)
    for (const { tags, text } of await watch.stop()) seen.add(`${port} ${tags.join(".")} ${text}`);
  const expected = [...circuits].flatMap(([name, { variant, stag }]) =>
    [variant.handOff.primary, variant.handOff.secondary].map(({ node, port }) => {
      const tags = stag === undefined ? [C_TAG] : [stag, C_TAG];
      return `${node}:${port} ${tags.join(".")} marker:${name}`;
    }),
  );
  expect([...seen].sort()).toEqual(expected.sort());
});

test("on a Direct port pair, frames with foreign tags or a foreign address are dropped and counted", async () => {
  const [own, other] = [circuit("direct-qinq-1"), circuit("direct-qinq-2")];
  const [s1, s2] = [own.stag ?? 0, other.stag ?? 0];
  const mac = await edgeMac("direct-qinq-1");
  const dropped = (name: string, tags: readonly Tag[], destinationMac = mac) =>
    expectDropped(name, { from: PINE, at: DIRECT, tags, destinationMac });
  await dropped("unknown-s", [UNKNOWN, C_TAG]);
  await dropped("unknown-c", [s1, UNKNOWN]);
  await dropped("s-alone", [s1]);
  await dropped("c-alone", [C_TAG]);
  await dropped("untagged", []);
  await dropped("priority-outer", [0, C_TAG]);
  await dropped("priority-inner", [s1, 0]);
  await dropped("provider-type", [{ type: 0x88a8, id: s1 }, C_TAG]);
  await dropped("provider-type-inside", [s1, { type: 0x88a8, id: C_TAG }]);
  await dropped("one-mac", [s1, C_TAG], await edgeMac("direct-qinq-2"));
  await dropped("other-mac", [s2, C_TAG], mac);
  await dropped("exchange-l2-mac", [s1, C_TAG], await edgeMac("exchange-l2-1"));
  await dropped("exchange-l3-mac", [s2, C_TAG], await edgeMac("exchange-l3-1"));
  await expectArrival(
    "own",
    { from: PINE, tags: [s1, C_TAG], destinationMac: mac },
    "direct-qinq-1",
  );
});

test("on a Dot1Q port, a second tag, another tag and none are dropped and counted", async () => {
  const destinationMac = await edgeMac("direct-dot1q-1");
  const at = { from: OAK, at: DOT1Q, destinationMac };
  await expectDropped("two-tags", { ...at, tags: [C_TAG, C_TAG] });
  await expectDropped("other-tag", { ...at, tags: [C_TAG + 1] });
  await expectDropped("no-tag", { ...at, tags: [] });
  await expectArrival("dot1q", { ...at, tags: [C_TAG] }, "direct-dot1q-1");
});

test("from an exchange's cage, nothing reaches another customer's circuit on the same NNI", async () => {
  const [own, other] = [circuit("exchange-l2-1").stag ?? 0, circuit("exchange-l3-1").stag ?? 0];
  const mac = await edgeMac("exchange-l2-1");
  const foreignMac = await edgeMac("exchange-l3-1");
  const cage: PortPlace = { node: "polder", port: "cage1" };
  const from = CAGE;
  await expectDropped("cage-s", {
    from,
    at: cage,
    tags: [other, C_TAG],
    destinationMac: foreignMac,
  });
  await expectDropped("cage-none", { from, at: cage, tags: [], destinationMac: foreignMac });
  const provider = { type: 0x88a8, id: own };
  await expectDropped("cage-88a8", {
    from,
    at: cage,
    tags: [provider, C_TAG],
    destinationMac: mac,
  });
  await expectDropped("cage-c", { from, at: NNI, tags: [own, UNKNOWN], destinationMac: mac });
  await expectDropped("cage-mac", {
    from,
    at: NNI,
    tags: [own, C_TAG],
    destinationMac: foreignMac,
  });
  await expectArrival(
    "cage-own",
    { from, tags: [own, C_TAG], destinationMac: mac },
    "exchange-l2-1",
  );
});

test("a false source, another circuit's destination and a tag too many reach no other machine", async () => {
  const [own, other] = [circuit("direct-qinq-1"), circuit("direct-qinq-2")];
  const to = { from: PINE, destinationMac: await edgeMac("direct-qinq-1") };
  const tags = [own.stag ?? 0, C_TAG];
  await send("false-source", { ...to, tags, source: other.machine.ipv4 });
  await send("beyond", { ...to, tags, destination: other.machine.ipv4 });
  await send("third-tag", { ...to, tags: [...tags, C_TAG] });
  await expectArrival("control", { ...to, tags }, "direct-qinq-1");
  const places = await placesOf("false-source");
  expect(places.filter((name) => name !== "direct-qinq-1")).toEqual([]);
  expect(await placesOf("beyond")).toEqual([]);
  expect(await placesOf("third-tag")).toEqual([]);
});

type Shot = {
  readonly from: PortPlace;
  readonly tags: readonly Tag[];
  readonly destinationMac: string;
} & Partial<Pick<RawFrame, "source" | "destination">>;

function send(name: string, { from, ...shot }: Shot): Promise<void> {
  const frame: RawFrame = {
    source: HOST_ADDRESSES.ipv4,
    destination: circuit("direct-qinq-1").machine.ipv4,
    port: MARKER_PORT,
    text: `shot:${name}`,
    ...shot,
  };
  return sendFrames(lab, from, { frame, count: COUNT });
}

async function expectDropped(
  name: string,
  { at, ...shot }: Shot & { at: PortPlace },
): Promise<void> {
  const before = await unknownAt(at);
  await send(name, shot);
  await until(
    `${name} is counted at ${at.node}:${at.port}`,
    async () => ((await unknownAt(at)) >= before + COUNT ? true : undefined),
    5000,
  );
  expect(await placesOf(name), name).toEqual([]);
}

/** Shows that a shot can arrive at all, and that all sent before it has arrived or never will. */
async function expectArrival(name: string, shot: Shot, machine: string): Promise<void> {
  await until(`${name} arrives`, async () => {
    await send(name, shot);
    return (await placesOf(name)).length > 0 ? true : undefined;
  });
  expect(await placesOf(name)).toEqual([machine]);
}

async function placesOf(name: string): Promise<string[]> {
  const found: string[] = [];
  for (const [machine, answerer] of answerers)
    if (Object.hasOwn(await answerer.seen(), `shot:${name}`)) found.push(machine);
  return found;
}

async function unknownAt({ node, port }: PortPlace): Promise<number> {
  const found = server.backend.nodes.find(({ name }) => name === node);
  const observation = await found?.observe(AbortSignal.timeout(20_000));
  return observation?.ports.find((each) => each.port === port)?.unknownTagPackets ?? -1;
}

function circuit(name: string): Ordered {
  const found = circuits.get(name);
  if (found === undefined) throw new Error(`no circuit ${name}`);
  return found;
}

/** The address of a circuit's subinterface on its primary edge. */
async function edgeMac(name: string): Promise<string> {
  const { serviceKey, variant } = circuit(name);
  const at = { node: variant.handOff.primary.node, vrf: circuitVrf(serviceKey) };
  const words = ["ip", "-j", "link", "show", "dev", peeringInterface(serviceKey)];
  const text = await run({ argv: argvIn(lab, at, words), why: `read the address of ${name}` });
  return (JSON.parse(text) as { address: string }[])[0]?.address ?? "";
}

/** Both edges hear the on-premises prefix, so that flows take both links. */
async function bothLinksUp(): Promise<void> {
  for (const [name, { serviceKey, variant }] of circuits)
    for (const { node } of [variant.handOff.primary, variant.handOff.secondary])
      await until(`${name} is established on ${node}`, async () => {
        const found = server.backend.nodes.find((each) => each.name === node);
        const { sessions = [] } = (await found?.observe(AbortSignal.timeout(20_000))) ?? {};
        const own = sessions.filter(({ vrf }) => vrf === circuitVrf(serviceKey));
        const up = own.filter(({ state }) => state === "Established");
        return own.length >= 4 && up.length === own.length ? true : undefined;
      });
}
