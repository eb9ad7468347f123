/** BIRD and ExaBGP as customers' routers, on edges as they are planned: IPv4, IPv6, MD5, a 32-bit AS number, and BFD with BIRD. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bird } from "../../src/domain/router-config/bird.ts";
import { parseFabricFile } from "../../src/fabric/fabric-file.ts";
import type { VrfFragment } from "../../src/fabric/intent.ts";
import { missingPackages } from "../../src/main/setup.ts";
import type { CircuitView } from "../../src/plan/circuit-view.ts";
import { planCircuit } from "../../src/plan/plan.ts";
import { providerCircuit } from "../../src/plan/sample-circuit.ts";
import { type BenchLab, eventually, raiseBenchLab, soon } from "./drivers/bench-lab.ts";
import { startSpeaker } from "./speaker.ts";

const missing = await missingPackages([
  { program: "bird", package: "bird2" },
  { program: "exabgp", package: "exabgp" },
]);
const why = missing.length === 0 ? "" : ` (skipped: apt-get install ${missing.join(" ")})`;

const ASN = 4_200_000_100;
const password = "interopKey2026";
const cloud = { ipv4: "10.20.0.0/16", ipv6: "fd20:20::/48" };
const links = [
  { family: "ipv4" as const, edge: "192.168.100.2", customer: "192.168.100.1" },
  { family: "ipv6" as const, edge: "fd00:100::2", customer: "fd00:100::1" },
];

let lab: BenchLab;
beforeAll(async () => {
  if (missing.length > 0) return;
  lab = await raiseBenchLab("interop", ["edge:nni-hostce:p1"]);
  await lab.converge("edge", [edgeVrf("bird", 7), edgeVrf("exa", 8)]);
  await lab.converge("hostce", [customerVrf("bird", 7), customerVrf("exa", 8)]);
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

/** As the edge is planned for a circuit with both families, with the cloud's networks its own: there is no gateway here. */
function edgeVrf(name: string, stag: number): VrfFragment {
  const file = new URL("../../fabrics/lab.yaml", import.meta.url);
  const parsed = parseFabricFile(readFileSync(file, "utf8"));
  const { inventory } = parsed;
  if (inventory === undefined) throw new Error("the lab's fabric file has faults");
  const sample = providerCircuit(inventory, "Polder Exchange", "cage-alder");
  if (sample.peering === undefined) throw new Error("no peering");
  const sides = {
    ipv4: { primary: "192.168.100.0/30", secondary: "192.168.100.4/30" },
    ipv6: { primary: "fd00:100::/126", secondary: "fd00:100::4/126" },
  };
  const circuit: CircuitView = {
    ...sample,
    stag,
    serviceKey: `0000000${stag}-0000-4000-8000-000000000001`,
    number: stag,
    peering: {
      ...sample.peering,
      peerAsn: ASN,
      password,
      families: links.map(({ family }) => ({ family, enabled: true, ...sides[family] })),
    },
  };
  const planned = planCircuit(inventory, circuit).find(
    ({ node, fragment }) => node === "ams-primary" && fragment.kind === "vrf",
  )?.fragment;
  if (planned?.kind !== "vrf" || planned.bgp === undefined) throw new Error("no VRF is planned");
  return {
    ...planned,
    name,
    interfaces: [
      ...planned.interfaces
        .filter(({ kind }) => kind === "subinterface")
        .map((each) => (each.kind === "subinterface" ? { ...each, port: "nni" } : each)),
      { kind: "loopback", name: "lo", mtu: 65_536, addresses: ["10.20.0.1/32", "fd20:20::1/128"] },
    ],
    routes: [],
    bgp: {
      ...planned.bgp,
      networks: Object.values(cloud),
      neighbors: planned.bgp.neighbors.filter(({ remoteAsn }) => remoteAsn === ASN),
    },
  };
}

function customerVrf(name: string, stag: number): VrfFragment {
  return {
    kind: "vrf",
    key: `customer/${name}`,
    name,
    interfaces: [
      {
        kind: "subinterface",
        name: "wan",
        port: "p1",
        tags: [stag, 100],
        mac: `02:00:00:00:01:0${stag}`,
        addresses: ["192.168.100.1/30", "fd00:100::1/126"],
        mtu: 1500,
      },
      { kind: "loopback", name: "lo", mtu: 65_536, addresses: ["10.50.0.1/32", "fd50::1/128"] },
    ],
    routes: [],
  };
}

/** What customers with BIRD are handed, and the names of its routes to itself. */
const birdText = bird.render({
  asn: ASN,
  cloudAsn: 12_076,
  routerId: "192.168.100.1",
  networks: ["10.50.0.0/16", "fd50::/48"],
  links: [
    {
      side: "primary",
      circuit: "bird",
      port: "p1",
      interface: "wan",
      tags: [7, 100],
      mtu: 1500,
      families: links.map(({ family, edge, customer }) => ({
        family,
        local: `${customer}/${family === "ipv4" ? 30 : 126}`,
        remote: edge,
      })),
      password,
      bfd: { intervalMs: 300, multiplier: 3 },
      isTtlSecure: false,
      isCustomer: false,
    },
  ],
});

async function sessions(vrf: string) {
  const { sessions: all } = await lab.node("edge").observe(soon());
  return all.filter((session) => session.vrf === vrf);
}

async function established(vrf: string, said: () => string) {
  return eventually(async () => {
    const all = await sessions(vrf);
    const up = all.filter(({ state }) => state === "Established");
    return up.length === links.length ? up : undefined;
  }, 30_000).catch((cause: unknown) => {
    throw new Error(`the sessions did not come up; the speaker said: ${said()}`, { cause });
  });
}

async function learned(vrf: string): Promise<string[]> {
  const routes = await lab.node("edge").routes(vrf, soon());
  return routes.filter(({ protocol }) => protocol === "bgp").map(({ prefix }) => prefix);
}

test.skipIf(missing.length > 0)(
  `BIRD brings both families up with MD5 and BFD, and packets follow${why}`,
  async () => {
    const at = { node: "hostce", vrf: "bird" };
    const argv = (file: string) => [
      "bird",
      "-f",
      "-c",
      file,
      "-s",
      `${file}.ctl`,
      "-P",
      `${file}.pid`,
    ];
    const speaker = await startSpeaker(lab.lab, at, { text: birdText, argv });
    try {
      const up = await established("bird", speaker.said);
      expect(up.map(({ remoteAsn }) => remoteAsn)).toEqual([ASN, ASN]);
      await eventually(async () =>
        (await sessions("bird")).every(({ bfd }) => bfd === "Up") ? true : undefined,
      );
      await eventually(async () =>
        (await learned("bird")).sort().join() === "10.50.0.0/16,fd50::/48" ? true : undefined,
      );
      const from = { node: "edge", vrf: "bird" };
      for (const to of ["10.50.0.1", "fd50::1"]) {
        const answer = await lab.probe.ping({
          from,
          to,
          count: 2,
          intervalMs: 200,
          timeoutMs: 2000,
        });
        expect(answer.received).toBe(2);
      }
    } finally {
      await speaker[Symbol.asyncDispose]();
    }
    // It was killed without a word: only BFD can tell within its second, hold timers take minutes.
    await eventually(async () =>
      (await sessions("bird")).every(({ state }) => state !== "Established") ? true : undefined,
    );
  },
);

test.skipIf(missing.length > 0)(
  `ExaBGP brings both families up with MD5; what is not its own to say is refused${why}`,
  async () => {
    const routes = {
      ipv4: ["10.60.0.0/24", "10.20.7.0/24", "169.254.9.0/24"],
      ipv6: ["fd60::/48", "fd20:20:0:7::/64"],
    };
    const text = links
      .map(
        ({ family, edge, customer }) => `neighbor ${edge} {
  router-id 192.168.100.1;
  local-address ${customer};
  local-as ${ASN};
  peer-as 12076;
  md5-password "${password}";
  family { ${family} unicast; }
  static { ${routes[family].map((each) => `route ${each} next-hop ${customer};`).join(" ")} }
}`,
      )
      .join("\n");
    const set = ["exabgp.daemon.drop=false", "exabgp.api.cli=false", "exabgp.log.level=WARNING"];
    const argv = (file: string) => ["env", ...set, "exabgp", file];
    const at = { node: "hostce", vrf: "exa" };
    await using exabgp = await startSpeaker(lab.lab, at, { text, argv });
    const up = await established("exa", exabgp.said);
    expect(up.map(({ remoteAsn }) => remoteAsn)).toEqual([ASN, ASN]);
    await eventually(async () => ((await learned("exa")).length > 1 ? true : undefined));
    // A piece of the cloud's own network and link-local space are nobody's to announce.
    expect((await learned("exa")).sort()).toEqual(["10.60.0.0/24", "fd60::/48"]);
  },
);
