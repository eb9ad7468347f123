import { ofPort } from "./authorization-use.ts";
import { keyedAuthorization } from "./keyed-authorization.ts";

/** The right to cut one circuit of another subscription from the port. */
export const portAuthorization = keyedAuthorization(ofPort, {
  userField: "circuitResourceUri",
  ignored: ["properties.circuitResourceUri", "properties.circuitResourceUris"],
});
