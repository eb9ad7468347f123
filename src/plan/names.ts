/** Names and numbers that follow from an identity alone, so that planning twice names alike. */
import { createHash } from "node:crypto";
import { addressText, hostOf, prefixOf, printPrefix } from "../base/prefix.ts";
import type { Side } from "../fabric/intent.ts";

/** The VRF of a circuit's private peering: `c-` and the service key's first eight digits. */
export function circuitVrf(serviceKey: string): string {
  return `c-${shortKey(serviceKey)}`;
}

/** The VRF of a circuit's peering to public services. */
export function publicVrf(serviceKey: string): string {
  return `m-${shortKey(serviceKey)}`;
}

/** What of a circuit's traffic is the public peering's; the rest is the private one's. */
export function publicMeter(serviceKey: string): string {
  return `${serviceKey}/public`;
}

/** The public peering's subinterface: `m` on an edge, `m1`/`m2` where both links meet in one VRF. */
export function publicInterface(serviceKey: string, side?: Side): string {
  return `m${side === undefined ? "" : sideDigit(side)}-${shortKey(serviceKey)}`;
}

/** A circuit's subinterface: `p` on an edge, `p1`/`p2` where both links meet in one VRF. */
export function peeringInterface(serviceKey: string, side?: Side): string {
  return `p${side === undefined ? "" : sideDigit(side)}-${shortKey(serviceKey)}`;
}

/** The tunnel of a join, the same name at both of its circuits. */
export function joinInterface(joinNumber: number): string {
  return `j${joinNumber}`;
}

export function gatewayVrf(gatewayNumber: number, instance: 0 | 1): string {
  return `g${gatewayNumber}-${instance}`;
}

/** What passes between a gateway's instances and its virtual network. */
export function gatewayMeter(gatewayNumber: number): string {
  return `gateway/${gatewayNumber}`;
}

/** What a gateway's instances learn together. */
export function gatewayRoom(gatewayNumber: number): string {
  return `gateway/${gatewayNumber}`;
}

/** The addresses that an edge reaches past gateways, of a circuit by its service key or of a port pair by its name. */
export function addressRoom(of: string): string {
  return `addresses/${of}`;
}

/** What passes between a gateway and a circuit. */
export function connectionMeter(tunnelBlock: number): string {
  return `connection/${tunnelBlock}`;
}

/** The traffic of a join, at both of its circuits. */
export function joinMeter(joinNumber: number): string {
  return `join/${joinNumber}`;
}

/** The forwarder of a connection past its gateway. */
export function fastPathVrf(tunnelBlock: number): string {
  return `f${tunnelBlock}`;
}

/** What passes past the gateway of a connection. */
export function fastPathMeter(tunnelBlock: number): string {
  return `fastpath/${tunnelBlock}`;
}

export function segmentName(virtualNetworkNumber: number): string {
  return `v${virtualNetworkNumber}`;
}

export function virtualMachineVrf(number: number): string {
  return `vm${number}`;
}

export function sideDigit(side: Side): 1 | 2 {
  return side === "primary" ? 1 : 2;
}

export function shortKey(serviceKey: string): string {
  return serviceKey.slice(0, 8).toLowerCase();
}

/** A locally administered unicast address that follows from what it is for. */
export function macOf(purpose: string): string {
  const digest = createHash("sha256").update(purpose).digest();
  return [
    "02",
    ...Array.from(digest.subarray(0, 5), (byte) => byte.toString(16).padStart(2, "0")),
  ].join(":");
}

/** First usable is the customer's (or provider's), second the cloud's, on every link network. */
export function peeringAddresses(network: string): {
  customer: string;
  cloud: string;
  customerHost: string;
  cloudHost: string;
} {
  const prefix = prefixOf(network);
  const [customer, cloud] = [hostOf(prefix, 1), hostOf(prefix, 2)];
  return {
    customer: printPrefix(customer),
    cloud: printPrefix(cloud),
    customerHost: addressText(customer),
    cloudHost: addressText(cloud),
  };
}
