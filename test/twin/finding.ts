/** What one side says of a case, as lines that can be compared one by one. Pure. */
import type { RouteObservation, SessionObservation } from "../../src/fabric/report.ts";

/** By node: what is said of a subject, by subject. */
export type Facts = ReadonlyMap<string, ReadonlyMap<string, string>>;

export type Disagreement = {
  readonly seed: number;
  readonly node: string;
  /** A prefix, or what else was asked of the node: `session ADDRESS`, `rib PREFIX`, `kernel PREFIX`, `ping SOURCE → ADDRESS`. */
  readonly prefix: string;
  readonly simulated: string;
  readonly linux: string;
};

const nothing = "nothing";

export function disagreements(seed: number, simulated: Facts, linux: Facts): Disagreement[] {
  return [...new Set([...simulated.keys(), ...linux.keys()])].flatMap((node) => {
    const [one, other] = [simulated.get(node), linux.get(node)];
    const subjects = [...new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])])].sort();
    return subjects.flatMap((prefix) => {
      const found = {
        simulated: one?.get(prefix) ?? nothing,
        linux: other?.get(prefix) ?? nothing,
      };
      return found.simulated === found.linux ? [] : [{ seed, node, prefix, ...found }];
    });
  });
}

/** The forwarding table: what is connected is there, what is learned goes where and came which way. */
export function routeFacts(routes: readonly RouteObservation[]): [string, string][] {
  return routes.map(({ prefix, protocol, nextHops, path = [], weight }) => {
    if (protocol === "connected") return [prefix, "connected"];
    const hops = [...new Set(nextHops)].sort().join(" ");
    if (protocol !== "bgp") return [prefix, `${protocol} via ${hops}`];
    return [prefix, `bgp via ${hops}, path ${path.join(" ")}, weight ${weight ?? 0}`];
  });
}

export function sessionFacts(sessions: readonly SessionObservation[]): [string, string][] {
  return sessions.map(({ address, state, prefixesReceived }) => {
    const isUp = state === "Established";
    const counts = Object.entries(prefixesReceived).sort();
    const received = counts.map(([family, count]) => `${count} ${family}`).join(", ");
    return [`session ${address}`, isUp ? `established, ${received} prefixes` : "down"];
  });
}

export type RibPath = {
  readonly prefix: string;
  /** Who gave it; empty for its own network. */
  readonly from: string;
  readonly path: readonly number[];
  readonly weight: number;
  readonly isBest: boolean;
};

export function ribFacts(paths: readonly RibPath[]): [string, string][] {
  const byPrefix = Map.groupBy(paths, ({ prefix }) => prefix);
  return [...byPrefix].map(([prefix, all]) => {
    const lines = all.map(({ from, path, weight, isBest }) => {
      const origin = from === "" ? "its own" : `from ${from}, path ${path.join(" ")}`;
      return `${isBest ? "best " : ""}${origin}, weight ${weight}`;
    });
    return [`rib ${prefix}`, lines.sort().join("; ")];
  });
}
