/** A node as it is, one line each, and nothing that changes by itself: for comparing before with after. */
import { TagsDriver } from "../../src/drivers/datapath/tags.ts";
import { deadDaemons } from "../../src/drivers/frr/daemons.ts";
import { FrrDriver } from "../../src/drivers/frr/frr.ts";
import { NetnsDriver } from "../../src/drivers/netns/netns.ts";
import { nodePaths } from "../../src/drivers/places.ts";
import { VrfSlots } from "../../src/drivers/vrf-slots.ts";

export async function nodeLines(lab: string, node: string): Promise<string[]> {
  const paths = nodePaths(lab, node);
  const slots = new VrfSlots(paths);
  const signal = AbortSignal.timeout(20_000);
  const [state, { attached, cells }] = await Promise.all([
    new NetnsDriver(paths).observe(signal),
    new TagsDriver(paths).observe(signal),
  ]);
  const lines = [...attached].map((place) => `attached ${place}`);
  for (const [map, entries] of cells) for (const key of entries.keys()) lines.push(`${map} ${key}`);
  for (const [name, { links, routes }] of state) {
    if (slots.isSpare(name)) continue;
    for (const { name: link, kind, mac, mtu, up, addresses } of links.values())
      lines.push(`${name}: ${link} ${kind} ${mac} ${mtu} ${up} ${[...addresses].sort().join(" ")}`);
    for (const [key, route] of routes) lines.push(`${name}: route ${key} ${route.via.join(" ")}`);
  }
  lines.push(...(await routingLines(lab, node)));
  return lines.map((line) => `${node} ${line}`).sort();
}

async function routingLines(lab: string, node: string): Promise<string[]> {
  const paths = nodePaths(lab, node);
  const dead = await deadDaemons(paths);
  if (dead.length > 0) return dead.map((name) => `${name} is dead`);
  try {
    const { blocks } = await new FrrDriver(paths).observe();
    return blocks.flatMap(({ daemon, head, lines }) =>
      lines.map((line) => `${daemon} ${head} / ${line.trim()}`),
    );
  } catch {
    return ["a daemon does not answer"];
  }
}
