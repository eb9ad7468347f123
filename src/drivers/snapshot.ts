/** Everything that nodes hold at one moment, one line each: what a deletion forgot shows as a line too many. */
import { TagsDriver } from "./datapath/tags.ts";
import { callingMap, FrrDriver } from "./frr/frr.ts";
import { NetnsDriver } from "./netns/netns.ts";
import { nodePaths } from "./places.ts";
import { VrfSlots } from "./vrf-slots.ts";

const READ_TIMEOUT_MS = 20_000;

export async function snapshotNode(
  lab: string,
  { name, routing }: { name: string; routing: boolean },
): Promise<string[]> {
  const paths = nodePaths(lab, name);
  const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
  const [links, config, cells] = await Promise.all([linkLines(), configLines(), cellLines()]);
  return [...links, ...config, ...cells].map((line) => `${name}: ${line}`);

  async function linkLines(): Promise<string[]> {
    const driver = new NetnsDriver(paths);
    const slots = new VrfSlots(paths);
    const spaces = (await driver.namespaces()).filter((space) => !slots.isSpare(space));
    const main = await driver.observeSome(["default"], signal);
    const devices = [...(main.get("default")?.links.keys() ?? [])];
    return [
      ...spaces.map((space) => `namespace ${slots.vrfOf(space)}`),
      ...devices.map((device) => `interface ${device}`),
    ];
  }

  async function configLines(): Promise<string[]> {
    if (!routing) return [];
    const { blocks } = await new FrrDriver(paths).observe();
    // bfdd goes on printing an empty block once it had a peer; the map is there while bgpd is told to call.
    const said = blocks.filter(
      ({ head, lines }) => head !== callingMap && (head !== "bfd" || lines.length > 0),
    );
    return said.flatMap(({ daemon, head, lines }) =>
      [head, ...lines].map((line) => `${daemon} ${line.trim()}`),
    );
  }

  async function cellLines(): Promise<string[]> {
    const { cells } = await new TagsDriver(paths).observe(signal);
    return [...cells].flatMap(([map, entries]) =>
      [...entries.keys()].map((key) => `map ${map} ${key}`),
    );
  }
}
