import type { TwinCase } from "./case.ts";
import { Dice } from "./dice.ts";

export type Ping = {
  readonly from: string;
  readonly source: string;
  readonly to: string;
  readonly name: string;
};

const PINGS_MAX = 6;

/** Some of the ways between hosts of different routers, the same on both sides. */
export function pingsOf({ seed, routers }: Pick<TwinCase, "seed" | "routers" | "vrf">): Ping[] {
  const ways = routers.flatMap(({ node, hosts }) =>
    routers
      .filter((other) => other.node !== node)
      .flatMap((other) =>
        hosts.flatMap((source) =>
          other.hosts
            .filter((to) => to !== source && to.includes(":") === source.includes(":"))
            .map((to) => ({ from: node, source, to, name: `ping ${source} → ${to}` })),
        ),
      ),
  );
  const unique = [...new Map(ways.map((way) => [`${way.from} ${way.name}`, way])).values()];
  return new Dice(seed + 1_000_003).someOf(unique, PINGS_MAX);
}
