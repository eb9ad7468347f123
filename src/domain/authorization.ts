import { ofCircuit } from "./authorization-use.ts";
import { keyedAuthorization } from "./keyed-authorization.ts";

/** The right to join one gateway, or one circuit, of another subscription to the circuit. */
export const authorization = keyedAuthorization(ofCircuit, {
  userField: "connectionResourceUri",
  ignored: ["properties.connectionResourceUri"],
});
