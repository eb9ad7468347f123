/**
 * Translation of sources where a packet leaves an instance, and of the answers' destinations where they
 * come back. What was translated is remembered with the packet, as a router remembers a flow.
 *
 * RFC 3022 §2.2 (addresses and ports), RFC 5382 and RFC 4787 (an answer finds its flow).
 */
import { addressOf, prefixContains, prefixOf } from "../base/prefix.ts";
import type { NodeName } from "../fabric/intent.ts";
import type { Flow } from "./fib.ts";
import type { VrfModel } from "./node-model.ts";

export type Translation = {
  readonly node: NodeName;
  readonly vrf: string;
  /** The source as it was, and as others see it. */
  readonly inside: string;
  readonly outside: string;
};

/** How the flow's source changes where it leaves by the interface; undefined where it stays. */
export function translationOf(
  vrf: VrfModel,
  { node, interface: name }: { node: NodeName; interface: string },
  { source }: Flow,
): Translation | undefined {
  const rule = vrf.nat.find((each) => each.interface === name);
  if (rule === undefined || vrf.owners.has(source)) return undefined;
  const address = addressOf(source);
  if (rule.except.some((prefix) => prefixContains(prefixOf(prefix), address))) return undefined;
  const outside = rule.addresses.find((each) => addressOf(each).family === address.family);
  return outside === undefined ? undefined : { node, vrf: vrf.name, inside: source, outside };
}

/** A flow keeps the source that its first packet was given here (RFC 4787 REQ-1), whichever link it leaves by now. */
export function translatedBefore(
  { source }: Flow,
  { node, vrf }: { node: NodeName; vrf: VrfModel },
  remembered: readonly Translation[],
): Translation | undefined {
  return remembered.find(
    (each) => each.node === node && each.vrf === vrf.name && each.inside === source,
  );
}

/** The flow with its destination as it was inside, where this instance translated what it answers. */
export function answered(
  flow: Flow,
  { node, vrf }: { node: NodeName; vrf: VrfModel },
  translations: readonly Translation[],
): Flow {
  const found = translations.find(
    (each) => each.node === node && each.vrf === vrf.name && each.outside === flow.destination,
  );
  return found === undefined ? flow : { ...flow, destination: found.inside };
}
