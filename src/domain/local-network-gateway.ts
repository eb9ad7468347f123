import { z } from "zod";
import { objectAt } from "./fields.ts";
import { defineResource } from "./resource.ts";
import { types } from "./types.ts";
import { Asn, IpAddress, NetworkPrefix, Text } from "./values.ts";

const LocalNetworkGatewayBody = z.strictObject({
  properties: z.strictObject(
    {
      localNetworkAddressSpace: z
        .strictObject({
          addressPrefixes: z
            .array(NetworkPrefix, { error: "must be a list of networks" })
            .optional(),
        })
        .optional(),
      gatewayIpAddress: IpAddress.optional(),
      fqdn: Text.optional(),
      bgpSettings: z.strictObject({ asn: Asn, bgpPeeringAddress: IpAddress.optional() }).optional(),
    },
    { error: "must be an object" },
  ),
});

/** A VPN's far end. It is kept for templates that carry one; no connection here can name it. */
export const localNetworkGateway = defineResource({
  type: types.localNetworkGateway,
  tracked: true,
  schema: LocalNetworkGatewayBody,
  ignored: ["properties.bgpSettings.peerWeight", "properties.bgpSettings.bgpPeeringAddresses"],
  async *refusals() {},
  async reconciled() {
    return false;
  },
  async properties({ desired }) {
    return objectAt(desired, "properties");
  },
});
