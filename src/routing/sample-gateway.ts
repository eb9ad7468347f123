/** A whole circuit: a customer on both edges, two gateway instances over tunnels, a virtual machine. */
import type { VrfFragment } from "../fabric/intent.ts";
import {
  cablingOf,
  customerVrf,
  leg,
  loopback,
  type SampleFabric,
  session,
  speaker,
  subinterface,
  tunnel,
  vrf,
} from "./sample-fabrics.ts";

const links = [0, 1] as const;

export function gatewayFabric(): SampleFabric {
  return {
    cabling: cablingOf([
      "edge0:nni ce:p0",
      "edge1:nni ce:p1",
      "edge0:ul spine:s0",
      "edge1:ul spine:s1",
      "gw:ul spine:s2",
    ]),
    intents: {
      ce: [customerVrf({ name: "blue", tags: [10] }, ["p0", "p1"])],
      edge0: [underlay(10), edge(0)],
      edge1: [underlay(11), edge(1)],
      gw: [
        underlay(20),
        { kind: "segment", key: "segment/vnet", name: "vnet", ports: [], mtu: 1500 },
        instance(0),
        instance(1),
        vrf("vm", [leg("eth0", "vnet", ["10.200.0.10/24", "fd00:200::10/64"])], {
          routes: [
            { prefix: "0.0.0.0/0", via: ["10.200.0.4", "10.200.0.5"] },
            { prefix: "::/0", via: ["fd00:200::4", "fd00:200::5"] },
          ],
        }),
      ],
      spine: [
        { kind: "segment", key: "segment/ul", name: "ul", ports: ["s0", "s1", "s2"], mtu: 1600 },
      ],
    },
  };
}

function underlay(host: number): VrfFragment {
  return vrf("default", [subinterface("ul", { port: "ul" }, [`172.31.0.${host}/24`])]);
}

/** Instance `gateway` meets edge `edge` in the tunnel network 10.255.(2·edge + gateway).0/30. */
function tunnelTo(
  end: "edge" | "gateway",
  { edge: e, gateway: g }: { edge: 0 | 1; gateway: 0 | 1 },
) {
  const [mine, theirs] =
    end === "edge" ? [`172.31.0.1${e}`, "172.31.0.20"] : ["172.31.0.20", `172.31.0.1${e}`];
  const host = end === "edge" ? 1 : 2;
  const addresses = [`10.255.${2 * e + g}.${host}/30`, `fd00:255:${e}${g}::${host}/126`];
  return tunnel(`t${e}${g}`, { vni: 7000 + 10 * e + g, local: mine, remote: theirs }, addresses);
}

function edge(link: 0 | 1): VrfFragment {
  return vrf(
    "blue",
    [
      subinterface("wan", { port: "nni", tags: [10], meter: "blue" }, [`192.168.${link}.2/30`]),
      ...links.map((gateway) => tunnelTo("edge", { edge: link, gateway })),
    ],
    {
      bgp: speaker(
        12076,
        [],
        [
          session(`192.168.${link}.1`, 65010),
          ...links.map((gateway) => session(`10.255.${2 * link + gateway}.2`, 65515)),
        ],
      ),
    },
  );
}

function instance(gateway: 0 | 1): VrfFragment {
  return vrf(
    `gw${gateway}`,
    [
      leg("lan", "vnet", [`10.200.0.${4 + gateway}/24`, `fd00:200::${4 + gateway}/64`]),
      ...links.map((link) => tunnelTo("gateway", { edge: link, gateway })),
      loopback(),
    ],
    {
      bgp: speaker(
        65515,
        ["10.200.0.0/24", "fd00:200::/64"],
        links.map((link) => session(`10.255.${2 * link + gateway}.1`, 12076)),
      ),
    },
  );
}
