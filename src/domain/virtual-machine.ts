import { z } from "zod";
import { addressOf, parseAddress, prefixOf, printAddress } from "../base/prefix.ts";
import {
  type ArmError,
  conflict,
  immutableField,
  noCapacity,
  referenceNotFound,
  refuse,
} from "./errors.ts";
import { objectAt, sameId, textAt, textsAt } from "./fields.ts";
import { subnetPrefixesOf } from "./links.ts";
import { type Candidate, defineResource, type Grant, type WriteView } from "./resource.ts";
import { parentOfId } from "./resource-id.ts";
import type { JsonObject, StoredResource, StoreReader } from "./state.ts";
import { takenAddresses } from "./subnet.ts";
import { freeAddresses, isUsable } from "./subnet-address.ts";
import { types } from "./types.ts";
import { IpAddress, Reference } from "./values.ts";

const VirtualMachineBody = z.strictObject({
  properties: z.strictObject(
    { subnet: Reference, privateIPAddress: IpAddress.optional() },
    { error: "must be an object with a subnet" },
  ),
});

type Machine = Candidate<z.infer<typeof VirtualMachineBody>>;

/**
 * An end of traffic in a virtual network. A simplification: where the original has network interfaces
 * and disks, this has the subnet itself and no more.
 */
export const virtualMachine = defineResource({
  type: types.virtualMachine,
  tracked: true,
  schema: VirtualMachineBody,
  ignored: ["zones", "properties.privateIPAddresses", "properties.vmId"],
  refusals,
  assign,
  async reconciled() {
    return true;
  },
  async properties({ desired, assigned }) {
    return {
      ...objectAt(desired, "properties"),
      privateIPAddresses: textsAt(assigned, "privateIPAddresses"),
    };
  },
});

async function* refusals(candidate: Machine, view: WriteView): AsyncGenerator<ArmError> {
  const { previous, reader } = view;
  const asked = candidate.body.properties;
  const target = "properties.subnet.id";
  const held = textAt(previous?.desired, target);
  if (held !== undefined && !sameId(held, asked.subnet.id)) {
    yield immutableField(target, { held, asked: asked.subnet.id });
    return;
  }
  const found = await subnetFor(candidate, asked.subnet.id, reader);
  if (found === undefined) {
    yield referenceNotFound(target, asked.subnet.id);
    return;
  }
  const { row, network } = found;
  if (row.name.toLowerCase() === "gatewaysubnet") {
    yield refuse(
      "InvalidResourceReference",
      target,
      `${target} is refused: GatewaySubnet is for the gateway alone; name another subnet of ${network.name}.`,
    );
  }
  if (network.location !== candidate.location) {
    yield refuse(
      "InvalidResourceLocation",
      "location",
      `location is refused: the virtual network is in ${network.location ?? ""}; send that.`,
    );
  }
  if (asked.privateIPAddress !== undefined) {
    yield* addressRefusals(candidate, { row, address: asked.privateIPAddress }, view);
  }
}

/** A subnet of the caller's own subscription, with its network. */
async function subnetFor(
  { subscriptionId }: Machine,
  id: string,
  reader: StoreReader,
): Promise<{ row: StoredResource; network: StoredResource } | undefined> {
  const row = await reader.read(id);
  const network = await reader.read(parentOfId(id));
  if (row?.type !== types.subnet || network === undefined) return undefined;
  if (row.subscriptionId.toLowerCase() !== subscriptionId.toLowerCase()) return undefined;
  return { row, network };
}

async function* addressRefusals(
  candidate: Machine,
  { row, address }: { row: StoredResource; address: string },
  { reader, previous }: WriteView,
): AsyncGenerator<ArmError> {
  const target = "properties.privateIPAddress";
  const printed = printAddress(addressOf(address));
  const own = previous === undefined ? [] : textsAt(previous.assigned, "privateIPAddresses");
  if (previous !== undefined) {
    if (!own.includes(printed)) yield immutableField(target, { held: own[0], asked: address });
    return;
  }
  if (!subnetPrefixesOf(row).some((prefix) => isUsable(address, prefix))) {
    yield refuse(
      "AddressUnavailable",
      target,
      `${target} is refused: ${address} cannot be used in ${row.name}; send an address of ${subnetPrefixesOf(row).join(", ")} above the first five.`,
    );
    return;
  }
  const taken = await takenAddresses(reader, row.id, candidate.id);
  if (!taken.has(printed)) return;
  yield conflict(
    "AddressUnavailable",
    target,
    `${target} is refused: ${address} belongs to another machine; send a free one or leave it out.`,
  );
}

async function assign(candidate: Machine, grant: Grant): Promise<JsonObject> {
  const { previous, reader, writer } = grant;
  if (previous !== undefined) return previous.assigned;
  const { subnet, privateIPAddress } = candidate.body.properties;
  const row = await reader.read(subnet.id);
  const taken = await takenAddresses(reader, subnet.id, candidate.id);
  const addresses = (row === undefined ? [] : subnetPrefixesOf(row)).map((prefix) => {
    const wanted =
      privateIPAddress === undefined ? undefined : printAddress(addressOf(privateIPAddress));
    const family = wanted === undefined ? undefined : parseAddress(wanted)?.family;
    if (wanted !== undefined && family === prefixOf(prefix).family) return wanted;
    const [free] = freeAddresses(prefix, 1, taken);
    if (free !== undefined) return free;
    throw noCapacity(
      "properties.subnet.id",
      `Subnet ${subnet.id} has no address left in ${prefix}.`,
    );
  });
  const pool = { pool: "virtualMachines", owner: candidate.id, from: 1, to: 65_535 };
  const number = await writer.allocate(pool);
  if (number === undefined)
    throw noCapacity("id", "65,535 virtual machines exist; delete one first.");
  return { number, privateIPAddresses: addresses };
}
