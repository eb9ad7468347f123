import type { RouteObservation } from "../fabric/report.ts";
import type { FrrDriver } from "./frr/frr.ts";
import { parseRoutes } from "./frr/observation.ts";
import { ipAt, type NodePaths } from "./places.ts";
import { run } from "./run.ts";

/** The forwarding routes of one VRF: as zebra and bgpd tell them, or from the kernel where they do not run. */
export async function readRoutes(from: {
  paths: NodePaths;
  frr: FrrDriver | undefined;
  vrf: string;
  signal: AbortSignal;
}): Promise<readonly RouteObservation[]> {
  const { frr, vrf } = from;
  if (frr === undefined) return readKernelRoutes(from);
  const [zebra4, zebra6, bgp4, bgp6] = await Promise.all([
    frr.ask("zebra", `show ip route vrf ${vrf} json`),
    frr.ask("zebra", `show ipv6 route vrf ${vrf} json`),
    frr.ask("bgpd", `show bgp vrf ${vrf} ipv4 unicast json`),
    frr.ask("bgpd", `show bgp vrf ${vrf} ipv6 unicast json`),
  ]);
  return parseRoutes([zebra4, zebra6], [bgp4, bgp6]).filter(
    ({ prefix }) => !prefix.startsWith("fe80:"),
  );
}

type KernelRoute = {
  dst: string;
  protocol?: string;
  gateway?: string;
  dev?: string;
  nexthops?: { gateway?: string; dev?: string }[];
};

async function readKernelRoutes({
  paths,
  vrf,
  signal,
}: {
  paths: NodePaths;
  vrf: string;
  signal: AbortSignal;
}): Promise<RouteObservation[]> {
  const read = async (family: "-4" | "-6") => {
    const argv = ipAt(paths, vrf, ["-j", family, "route", "show", "table", "main"]);
    const text = await run({ argv, why: `read the routes of ${vrf} on ${paths.node}` }, { signal });
    const routes = JSON.parse(text || "[]") as KernelRoute[];
    return routes
      .map((route) => routeOf(route, family))
      .filter(({ prefix }) => !prefix.startsWith("fe80:"));
  };
  return [...(await read("-4")), ...(await read("-6"))];
}

function routeOf(route: KernelRoute, family: "-4" | "-6"): RouteObservation {
  const whole = family === "-4" ? "0.0.0.0/0" : "::/0";
  const host = route.dst.includes("/") ? route.dst : `${route.dst}/${family === "-4" ? 32 : 128}`;
  const hops = route.nexthops ?? [route];
  const isConnected =
    route.protocol === "kernel" && hops.every(({ gateway }) => gateway === undefined);
  return {
    prefix: route.dst === "default" ? whole : host,
    protocol: isConnected ? "connected" : route.protocol === "static" ? "static" : "kernel",
    nextHops: hops.map(({ gateway, dev }) => gateway ?? dev ?? "").filter(Boolean),
    path: [],
  };
}
