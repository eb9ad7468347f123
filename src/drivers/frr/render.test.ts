import { expect, test } from "vitest";
import type { Neighbor, VrfFragment } from "../../fabric/intent.ts";
import { renderFragments } from "./render.ts";

const blue: VrfFragment = {
  kind: "vrf",
  key: "circuit/blue",
  name: "blue",
  interfaces: [],
  routes: [],
  bgp: {
    asn: 12076,
    routerId: "192.168.1.1",
    networks: ["10.0.0.0/16"],
    maximumPaths: 4,
    neighbors: [
      {
        address: "192.168.1.2",
        remoteAsn: 65001,
        description: "blue primary",
        enabled: false,
        families: ["ipv4"],
        password: "key",
        bfd: { intervalMs: 100, multiplier: 3 },
        keepaliveSeconds: 60,
        holdSeconds: 180,
        maximumPrefixes: { ipv4: 4000, ipv6: 100 },
        importPolicy: [
          { action: "deny", prefixes: [{ prefix: "0.0.0.0/0" }, { prefix: "::/0" }] },
          { action: "permit", setWeight: 100 },
        ],
        exportPolicy: [
          {
            action: "permit",
            prefixes: [{ prefix: "10.0.0.0/16", le: 24 }],
            prepend: [12076, 12076],
            addCommunities: ["12076:50002", "12076:20"],
          },
        ],
      },
    ],
  },
};

test("a VRF's sessions and policies in the words of FRR, each line as FRR prints it", () => {
  const text = renderFragments([blue])
    .map(({ head, lines }) =>
      [head, ...lines.map((line) => ` ${line.replace("\t", " | ")}`)].join("\n"),
    )
    .join("\n");
  expect(text).toMatchInlineSnapshot(`
    "bgp route-map delay-timer 1
    bfd
     profile every-100-times-3
     profile every-100-times-3 | transmit-interval 100
     profile every-100-times-3 | receive-interval 100
    ip prefix-list in-ipv4-7eaae2fc3b.10 seq 5 permit 0.0.0.0/0
    route-map in-ipv4-7eaae2fc3b deny 10
     match ip address prefix-list in-ipv4-7eaae2fc3b.10
    route-map in-ipv4-7eaae2fc3b permit 20
     set weight 100
    route-map in-ipv4-7eaae2fc3b deny 65535
    ip prefix-list out-ipv4-82b71b7f4b.10 seq 5 permit 10.0.0.0/16 le 24
    route-map out-ipv4-82b71b7f4b permit 10
     match ip address prefix-list out-ipv4-82b71b7f4b.10
     set as-path prepend 12076 12076
     set community 12076:20 12076:50002 additive
    route-map out-ipv4-82b71b7f4b deny 65535
    router bgp 12076 vrf blue
     bgp router-id 192.168.1.1
     no bgp default ipv4-unicast
     bgp bestpath as-path multipath-relax
     bgp bestpath compare-routerid
     no bgp network import-check
     coalesce-time 0
     neighbor 192.168.1.2 remote-as 65001
     neighbor 192.168.1.2 description blue primary
     neighbor 192.168.1.2 shutdown
     neighbor 192.168.1.2 bfd
     neighbor 192.168.1.2 bfd profile every-100-times-3
     neighbor 192.168.1.2 password key
     neighbor 192.168.1.2 advertisement-interval 0
     neighbor 192.168.1.2 timers 60 180
     neighbor 192.168.1.2 timers connect 1
     address-family ipv4 unicast | network 10.0.0.0/16
     address-family ipv4 unicast | neighbor 192.168.1.2 activate
     address-family ipv4 unicast | neighbor 192.168.1.2 soft-reconfiguration inbound
     address-family ipv4 unicast | neighbor 192.168.1.2 maximum-prefix 4000 restart 1
     address-family ipv4 unicast | neighbor 192.168.1.2 route-map in-ipv4-7eaae2fc3b in
     address-family ipv4 unicast | neighbor 192.168.1.2 route-map out-ipv4-82b71b7f4b out
     address-family ipv4 unicast | maximum-paths 4
     address-family ipv4 unicast | maximum-paths ibgp 4"
  `);
});

test("two circuits with the same policy share it, and with other rules do not", () => {
  const green = { ...blue, key: "circuit/green", name: "green" };
  const heads = (fragments: VrfFragment[]) =>
    renderFragments(fragments).filter(({ head }) => head.startsWith("route-map")).length;
  expect(heads([blue, green])).toBe(heads([blue]));
  const [neighbor] = blue.bgp?.neighbors ?? [];
  if (blue.bgp === undefined || neighbor === undefined) throw new Error("no neighbor");
  const stricter = { ...blue.bgp, neighbors: [{ ...neighbor, importPolicy: [] }] };
  expect(heads([blue, { ...green, bgp: stricter }])).toBeGreaterThan(heads([blue]));
});

test("a neighbor of the same AS has this one as next hop, and communities are matched by a list", () => {
  const [neighbor] = blue.bgp?.neighbors ?? [];
  if (blue.bgp === undefined || neighbor === undefined) throw new Error("blue has a neighbor");
  const importPolicy = [
    { action: "permit" as const, communities: ["12076:50900"], setLocalPreference: 50 },
  ];
  const inside = { ...neighbor, remoteAsn: 12076, importPolicy };
  const blocks = renderFragments([{ ...blue, bgp: { ...blue.bgp, neighbors: [inside] } }]);
  const list = /^bgp community-list standard (\S+) seq 5 permit 12076:50900$/;
  const name = blocks.flatMap(({ head }) => list.exec(head)?.[1] ?? [])[0];
  expect(name).toMatch(/^in-ipv4-\w+\.10$/);
  expect(
    blocks.find(({ head }) => head === `route-map ${name?.replace(".10", "")} permit 10`),
  ).toMatchObject({
    lines: [`match community ${name}`, "set local-preference 50"],
  });
  expect(blocks.find(({ head }) => head.startsWith("router"))?.lines).toContain(
    "address-family ipv4 unicast\tneighbor 192.168.1.2 next-hop-self",
  );
});

test("a node without routing gets no line", () => {
  expect(renderFragments([{ ...blue, bgp: undefined } as unknown as VrfFragment])).toEqual([]);
});

test("guards of a session, and a limit that discards in place of ending it", () => {
  const [neighbor] = blue.bgp?.neighbors ?? [];
  if (blue.bgp === undefined || neighbor === undefined) throw new Error("no neighbor");
  const guarded: Neighbor = {
    ...neighbor,
    beyondMaximum: "discard",
    ttlSecurityHops: 1,
    role: { name: "provider", strict: true },
    removePrivateAs: true,
  };
  const bgp = { ...blue.bgp, neighbors: [guarded] };
  const lines = renderFragments([{ ...blue, bgp }]).flatMap((block) => block.lines);
  expect(lines).toEqual(
    expect.arrayContaining([
      "neighbor 192.168.1.2 ttl-security hops 1",
      "neighbor 192.168.1.2 local-role provider strict-mode",
      "address-family ipv4 unicast\tneighbor 192.168.1.2 remove-private-AS all",
      "address-family ipv4 unicast\tneighbor 192.168.1.2 soft-reconfiguration inbound",
      "address-family ipv4 unicast\tneighbor 192.168.1.2 maximum-prefix 8000 restart 1",
    ]),
  );
});
