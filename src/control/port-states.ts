/** The links of a customer's own pair of ports, live: line protocol, and light where a card tells of it. */
import type { Sample } from "../api/metric-families.ts";
import type { LinkStateRow } from "../api/readouts.ts";
import type { Light, PortObservation } from "../fabric/report.ts";
import { directPorts } from "../reconcile/network-rows.ts";
import type { StoredResource } from "../store/store.ts";
import { nodeNamed, READ_TIMEOUT_MS, readFrom, type Sources } from "./read-node.ts";

export async function portStates(sources: Sources, port: StoredResource): Promise<LinkStateRow[]> {
  const links = directPorts(sources.inventory, port);
  return Promise.all(
    links.map(async ({ node: name, port: end, enabled }, index) => {
      const node = nodeNamed(sources, name);
      const { ports } = await readFrom(node, () =>
        node.observe(AbortSignal.timeout(READ_TIMEOUT_MS)),
      );
      const seen = ports.find((one) => one.port === end);
      return linkState({ link: `link${index + 1}`, enabled }, seen);
    }),
  );
}

export function linkState(
  { link, enabled }: { link: string; enabled: boolean },
  seen: PortObservation | undefined,
): LinkStateRow {
  const adminState = enabled ? "Enabled" : "Disabled";
  if (seen === undefined)
    return { link, adminState, ...notMeasurable("the node tells of no such port") };
  const light: Light = seen.light ?? { absent: "simulated nodes have no optics" };
  return {
    ...{ link, adminState, lineProtocol: seen.up ? "Up" : "Down" },
    ...("absent" in light ? notMeasurable(light.absent) : { lightLevels: light.lanes }),
  };
}

/** Nothing where there is no light to read: no figure is better than a wrong one. */
export function lightSamples(
  light: Light | undefined,
  labels: Readonly<Record<string, string>>,
): Sample[] {
  if (light === undefined || "absent" in light) return [];
  return light.lanes.flatMap(({ lane, rxDbm, txDbm }) =>
    Object.entries({ rx: rxDbm, tx: txDbm }).flatMap(([direction, value]) =>
      value === undefined
        ? []
        : [
            {
              family: "causeway_port_light_dbm" as const,
              labels: { ...labels, lane: `${lane}`, direction },
              value,
            },
          ],
    ),
  );
}

function notMeasurable(reason: string): Pick<LinkStateRow, "lightNotMeasurable"> {
  return { lightNotMeasurable: reason };
}
