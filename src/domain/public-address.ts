import { z } from "zod";
import { deleteFirst } from "./delete-first.ts";
import { type ArmError, conflict, refuse } from "./errors.ts";
import { objectAt, sameId, textAt } from "./fields.ts";
import { ipConfigurationIdOf } from "./links.ts";
import { type Candidate, defineResource, type WriteView } from "./resource.ts";
import type { JsonObject, StoreReader } from "./state.ts";
import { types } from "./types.ts";
import { oneOf, Text } from "./values.ts";

/** A part of a host name (RFC 1123 §2.1), beginning with a letter. */
const labelForm = /^[a-z][a-z0-9-]{1,61}[a-z0-9]$/;
const labelRule = 'must be 3..63 of a-z, 0-9 and "-", from a letter to a letter or digit';
const DomainNameLabel = z.string({ error: labelRule }).regex(labelForm, { error: labelRule });
const mustBeObject = { error: "must be an object" };

const PublicAddressBody = z.strictObject({
  sku: z
    .strictObject({
      name: oneOf(["Basic", "Standard"]).optional(),
      tier: oneOf(["Regional"]).optional(),
    })
    .optional(),
  zones: z.array(Text, { error: "must be a list of zones" }).optional(),
  properties: z
    .strictObject(
      {
        publicIPAllocationMethod: oneOf(["Static", "Dynamic"]).optional(),
        publicIPAddressVersion: oneOf(["IPv4", "IPv6"]).optional(),
        idleTimeoutInMinutes: z
          .int({ error: "must be a whole number 4..30" })
          .min(4, { error: "must be a whole number 4..30" })
          .max(30, { error: "must be a whole number 4..30" })
          .optional(),
        deleteOption: oneOf(["Delete", "Detach"]).optional(),
        dnsSettings: z
          .strictObject({ domainNameLabel: DomainNameLabel.optional() }, mustBeObject)
          .optional(),
      },
      mustBeObject,
    )
    .optional(),
});

type PublicAddress = Candidate<z.infer<typeof PublicAddressBody>>;

/**
 * What clients put in front of a gateway. Gateways of circuits are reached over private links alone, so it
 * is kept and named by its gateway, and has no address: none is given out, and none is shown.
 */
export const publicAddress = defineResource({
  type: types.publicAddress,
  tracked: true,
  schema: PublicAddressBody,
  ignored: [
    "extendedLocation",
    "properties.ipAddress",
    "properties.ipConfiguration",
    "properties.dnsSettings.domainNameLabelScope",
    "properties.dnsSettings.fqdn",
    "properties.dnsSettings.reverseFqdn",
    "properties.ddosSettings",
    "properties.ipTags",
    "properties.publicIPPrefix",
    "properties.servicePublicIPAddress",
    "properties.natGateway",
    "properties.migrationPhase",
    "properties.linkedPublicIPAddress",
    "properties.upgradedToV2",
  ],
  refusals,
  stored,
  async *deleteRefusals({ id: referring, name }, view) {
    const users = await view.reader.list({ type: types.gateway, referring });
    const said = (id: string) =>
      `Public address ${name} is used by ${id}: delete that gateway first.`;
    yield* deleteFirst(view, users, said);
  },
  async reconciled() {
    return false;
  },
  async properties(address, { reader }) {
    const [user] = await reader.list({ type: types.gateway, referring: address.id });
    const shown = objectAt(address.desired, "properties");
    if (user === undefined) return shown;
    return { ...shown, ipConfiguration: { id: ipConfigurationIdOf(user) } };
  },
});

/** Whether no address of the region holds the label, of whatever subscription, but for one that is given. */
export async function isLabelFree(
  reader: Pick<StoreReader, "list">,
  { location, label, but }: { location: string; label: string; but?: string },
): Promise<boolean> {
  const addresses = await reader.list({ type: types.publicAddress });
  return !addresses.some(
    (one) =>
      !sameId(one.id, but) &&
      sameId(one.location, location) &&
      sameId(textAt(one.desired, "properties.dnsSettings.domainNameLabel"), label),
  );
}

async function* labelRefusals(
  { id, location = "", body }: PublicAddress,
  { reader }: WriteView,
): AsyncGenerator<ArmError> {
  const label = body.properties?.dnsSettings?.domainNameLabel;
  if (label === undefined || (await isLabelFree(reader, { location, label, but: id }))) return;
  yield conflict(
    "DnsRecordInUse",
    labelField,
    `${labelField} is refused: another address in ${location} holds "${label}"; choose another one.`,
  );
}

const labelField = "properties.dnsSettings.domainNameLabel";

async function* refusals(address: PublicAddress, view: WriteView): AsyncGenerator<ArmError> {
  yield* labelRefusals(address, view);
  const { body } = address;
  if (body.sku?.name !== "Standard") return;
  if (body.properties?.publicIPAllocationMethod !== "Dynamic") return;
  yield refuse(
    "InvalidParameter",
    "properties.publicIPAllocationMethod",
    'properties.publicIPAllocationMethod is refused: an address of SKU Standard is Static; send "Static", or choose SKU Basic.',
  );
}

function stored({ sku, zones, properties }: PublicAddress["body"]): JsonObject {
  const name = sku?.name ?? "Basic";
  return {
    sku: { name, tier: "Regional" },
    ...(zones === undefined ? {} : { zones }),
    properties: {
      publicIPAllocationMethod: name === "Standard" ? "Static" : "Dynamic",
      publicIPAddressVersion: "IPv4",
      idleTimeoutInMinutes: 4,
      // A body is JSON: the schema read it from JSON.
      ...(properties as unknown as JsonObject | undefined),
    },
  };
}
