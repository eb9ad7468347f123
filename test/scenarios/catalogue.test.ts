import { expect, test } from "vitest";
import { customerSubscription, startApi } from "../../src/api/api-fixture.ts";

test("communities of public services are read and not written, by customers", async () => {
  await using api = startApi();
  const network = `/subscriptions/${customerSubscription}/providers/Microsoft.Network`;
  const path = `${network}/bgpServiceCommunities`;
  const { status, body } = await api.call("customer", "GET", path);
  expect(status).toBe(200);
  expect(body["value"]).toEqual([
    {
      id: `${path}/RegionalServices`,
      name: "RegionalServices",
      type: "Microsoft.Network/bgpServiceCommunities",
      properties: expect.objectContaining({ serviceName: "RegionalServices" }),
    },
  ]);
  const values = body["value"]?.["0"]?.["properties"]?.["bgpCommunities"];
  expect(values).toMatchObject(
    ["12076:51002", "12076:51003", "12076:51004"].map((communityValue) => ({ communityValue })),
  );
  expect((await api.call("customer", "PUT", path, {})).status).toBe(405);
});
