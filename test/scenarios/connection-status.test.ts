/** A connection says whether its gateway is joined, from the sessions themselves. */
import { expect, test } from "vitest";
import { World } from "../../src/world/world.ts";
import { order } from "./world-orders.ts";

test("a connection is Connected once its sessions are up, and still after a restart", async () => {
  await using world = await World.start();
  const { names } = await order(world, "exchange-l2");
  const status = async () => {
    await world.settle();
    const { properties } = await world.customer.get(names.connection(0));
    return properties["connectionStatus"];
  };
  expect(await status()).toBe("Connected");
  await world.restart();
  expect(await status()).toBe("Connected");
});
