import { expect, test } from "vitest";
import { at, good, make, makeGroup, makeProvisioned, startApi } from "./api-fixture.ts";

test("a circuit goes from order to traffic and back", async () => {
  await using api = startApi();
  await makeGroup(api);
  const key = await makeProvisioned(api, "blue");
  await make(api, at.peering("blue"), { body: good.peering() });
  await make(api, at.vnet("vnet"), { body: good.vnet() });
  await make(api, at.gateway("gw"), { body: good.gateway() });
  await make(api, at.connection("link"), { body: good.connection() });
  const { body } = await api.call("customer", "GET", at.circuit("blue"));
  expect(body).toMatchObject({
    name: "blue",
    type: "Microsoft.Network/expressRouteCircuits",
    location: "westeurope",
    properties: {
      serviceKey: key,
      stag: 1,
      circuitProvisioningState: "Enabled",
      serviceProviderProvisioningState: "Provisioned",
      provisioningState: "Succeeded",
      peerings: [
        {
          name: "AzurePrivatePeering",
          properties: {
            azureASN: 12076,
            primaryAzurePort: "ams-e1:nni0",
            secondaryAzurePort: "ams-e2:nni0",
            lastModifiedBy: "Customer",
          },
        },
      ],
    },
  });
});
