import { expect, test } from "vitest";
import { at, customerSubscription } from "../api-fixture.ts";
import { servedBy } from "./served.ts";

const subscription = `/subscriptions/${customerSubscription}`;

test.each([
  ["GET", at.circuit("blue"), "verb"],
  ["HEAD", at.circuit("blue"), "verb"],
  ["PATCH", at.circuit("blue"), "verb"],
  ["PATCH", at.peering("blue"), undefined],
  ["DELETE", at.crossConnection("key"), undefined],
  ["POST", at.circuit("blue"), undefined],
  ["GET", `${at.circuit("blue")}/peerings`, "list"],
  ["POST", `${at.circuit("blue")}/peerings`, undefined],
  ["GET", `${at.port("p")}/links`, "view"],
  ["GET", `${at.port("p")}/links/link1`, "view"],
  ["POST", `${at.port("p")}/links`, undefined],
  ["GET", `${at.port("p")}/links/link1/more`, undefined],
  ["POST", `${at.peering("blue")}/arptables/primary`, "action"],
  ["GET", `${at.peering("blue")}/arptables/primary`, undefined],
  ["PUT", `${at.crossConnection("key")}/peerings/AzurePrivatePeering`, "action"],
  ["GET", `${subscription}/providers/Microsoft.Network/expressRouteServiceProviders`, "catalogue"],
  ["PUT", `${subscription}/providers/Microsoft.Network/expressRouteServiceProviders`, undefined],
  ["HEAD", at.group, "verb"],
  ["POST", `${subscription}/providers/Microsoft.Network/register`, "route"],
  ["GET", `${subscription}/providers/Microsoft.Network/register`, undefined],
  ["GET", `${subscription}/locations`, "route"],
  ["GET", "/favicon.ico", undefined],
  ["GET", "/subscriptions/%zz", undefined],
])("%s %s is served by: %3$s", (method, path, by) => {
  expect(servedBy(method, path)?.by).toBe(by);
});
