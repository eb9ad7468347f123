/** Where things of the cloud stand in the fabric: virtual machines and gateway instances, by name. */
import type { NamedPlace } from "../api/readouts.ts";
import { numberAt } from "../domain/fields.ts";
import { gatewayHostOf } from "../domain/gateway-host.ts";
import { networkIdOf } from "../domain/links.ts";
import { types } from "../domain/types.ts";
import type { Inventory } from "../fabric/inventory.ts";
import { gatewayVrf, virtualMachineVrf } from "../plan/names.ts";
import type { StoreReader } from "../store/store.ts";

export async function readPlaces(
  reader: StoreReader,
  inventory: Inventory,
): Promise<readonly NamedPlace[]> {
  const machines = await reader.list({ type: types.virtualMachine });
  const gateways = await reader.list({ type: types.gateway });
  const nodeOf = async (networkId: string) => {
    const network = await reader.read(networkId);
    return network === undefined ? "" : gatewayHostOf(inventory, network);
  };
  const placed = machines.map(async (machine) => ({
    name: machine.name,
    resourceId: machine.id,
    node: await nodeOf(networkIdOf(machine)),
    vrf: virtualMachineVrf(numberAt(machine.assigned, "number") ?? 0),
  }));
  const instances = gateways.flatMap((gateway) =>
    ([0, 1] as const).map(async (instance) => ({
      name: `${gateway.name}-${instance}`,
      resourceId: gateway.id,
      node: await nodeOf(networkIdOf(gateway)),
      vrf: gatewayVrf(numberAt(gateway.assigned, "number") ?? 0, instance),
    })),
  );
  return Promise.all([...placed, ...instances]);
}
