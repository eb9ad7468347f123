/** What is read of a circuit, by the customer, the provider and the gateway's owner. */
import { SIDES } from "../../../src/fabric/intent.ts";
import { crossConnectionId } from "../../../src/main/demo/order.ts";
import { type Feature, must, notApplicable } from "../feature.ts";
import { customerOf, post, received, type Standing, seen, statsOf } from "../standing.ts";

type Row = Readonly<Record<string, string | number>>;

async function table(standing: Standing, what: string, side: string): Promise<readonly Row[]> {
  const path = `${standing.names.peering(0)}/${what}/${side}`;
  return (await post<{ value: Row[] }>(customerOf(standing), path)).value;
}

const column = (rows: readonly Row[], name: string) => rows.map((row) => String(row[name]));

function mustHold(found: readonly string[], wanted: readonly string[], where: string): void {
  const missing = wanted.filter((one) => !found.includes(one));
  must(
    missing.length === 0,
    `${where}: ${missing.join(", ")} is missing among ${found.join(", ")}`,
  );
}

/** What the site announces: all of it, or what the provider's VPN has of it. */
const onPremises = ({ variant }: Standing) =>
  variant.name === "ipvpn"
    ? ["10.10.1.0/24", "fd10:10:0:1::/64"]
    : ["10.10.0.0/16", "fd10:10::/48"];
const inCloud = ["10.20.0.0/16", "fd20:20::/48"];

async function gateway(standing: Standing, action: string): Promise<readonly Row[]> {
  const path = `${standing.names.gateway(0)}/${action}`;
  return (await post<{ value: Row[] }>(customerOf(standing), path)).value;
}

export const tables: readonly Feature[] = [
  {
    name: "ARP table",
    says: "Both ends of each link, with their hardware addresses.",
    async check(standing) {
      for (const side of SIDES) {
        const rows = await table(standing, "arpTables", side);
        mustHold(column(rows, "interface"), ["Microsoft", "On-Prem"], side);
        const wrong = column(rows, "macAddress").filter(
          (mac) => !/^([0-9a-f]{2}[:.-]?){6}$/i.test(mac),
        );
        must(wrong.length === 0, `${side}: no hardware address: ${wrong}`);
      }
    },
  },
  {
    name: "route table",
    says: "Each edge tells the prefixes of both ends.",
    async check(standing) {
      for (const side of SIDES)
        mustHold(
          column(await table(standing, "routeTables", side), "network"),
          [...onPremises(standing), ...inCloud],
          side,
        );
    },
  },
  {
    name: "summary of routes",
    says: "Each edge tells its neighbors, since when they are up and how many prefixes came.",
    async check(standing) {
      for (const side of SIDES) {
        const rows = await table(standing, "routeTablesSummary", side);
        const silent = rows.filter((row) => !/^[1-9]\d*$/.test(String(row["statePfxRcd"])));
        must(rows.length >= 4 && silent.length === 0, `${side}: ${JSON.stringify(silent)}`);
      }
    },
  },
  {
    name: "the provider's view",
    says: "The provider reads the same tables of its cross connection.",
    async check(standing) {
      const { fabric, variant, first } = standing;
      if (variant.order.kind === "direct")
        notApplicable("nobody stands between customer and cloud");
      const line = crossConnectionId(fabric.parties, variant, first.serviceKey);
      const at = `${line}/peerings/AzurePrivatePeering`;
      const read = async (what: string) =>
        (await post<{ value: Row[] }>(fabric.parties.provider, `${at}/${what}/primary`)).value;
      mustHold(column(await read("routeTables"), "network"), onPremises(standing), "routeTables");
      must((await read("arpTables")).length >= 2, "arpTables has not both ends");
      must((await read("routeTablesSummary")).length >= 4, "routeTablesSummary lacks neighbors");
    },
  },
  {
    name: "counters",
    says: "Bytes of circuit and peering grow by what was sent.",
    async check(standing) {
      const { names, first } = standing;
      const total = async (path: string) => {
        const stats = await statsOf(standing, path);
        return Object.values(stats).reduce((sum, bytes) => sum + bytes, 0);
      };
      const paths = [names.circuit(0), names.peering(0)];
      const before = await Promise.all(paths.map(total));
      await received(standing, first.machine.ipv4, { count: 20 });
      for (const [index, path] of paths.entries())
        await seen(
          `${path} counts 20 echoes both ways`,
          async () => (await total(path)) - (before[index] ?? 0) >= 20 * 2 * 84,
        );
    },
  },
  {
    name: "the gateway's sessions",
    says: "The gateway tells its sessions with both edges, for both instances, connected.",
    async check(standing) {
      const rows = await gateway(standing, "getBgpPeerStatus");
      const up = rows.filter((row) => row["state"] === "Connected");
      must(up.length === 4, `${up.length} of ${rows.length} sessions are connected`);
    },
  },
  {
    name: "the gateway's routes",
    says: "The gateway tells what it learned and what it advertises.",
    async check(standing) {
      const learned = column(await gateway(standing, "getLearnedRoutes"), "network");
      mustHold(learned, onPremises(standing), "learned");
      const [peer] = await gateway(standing, "getBgpPeerStatus");
      const told = await gateway(standing, `getAdvertisedRoutes?peer=${peer?.["neighbor"]}`);
      mustHold(column(told, "network"), ["10.20.0.0/16"], "advertised");
    },
  },
  {
    name: "room for the gateway's routes",
    says: "The gateway tells how many routes it learned of those that its SKU may, and that none was discarded.",
    check: (standing) =>
      seen("the gateway's routes are told beside their limit", async () => {
        const { properties } = await customerOf(standing).get(standing.names.gateway(0));
        const told = (properties["causewayRoutes"] ?? {}) as Readonly<Record<string, unknown>>;
        const { limit, received: learned, level, discarded } = told;
        return Number(learned) >= 2 && limit === 9_500 && level === "normal" && discarded === 0;
      }),
  },
];
