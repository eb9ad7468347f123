/** Ports of customers: the letter that their cross-connects are ordered with. */
import { z } from "zod";
import { listAt, numberAt, textAt } from "../../domain/fields.ts";
import { types } from "../../domain/types.ts";
import type { StoredResource } from "../../store/store.ts";
import { letterPdf } from "../authorization-letter.ts";
import type { Call, Reply } from "../context.ts";
import type { ActionDefinition } from "./action.ts";
import { actionBody } from "./action-body.ts";

const passes = "must be 1..150 characters of ISO 8859-1, for the letter's font has no others";

const LetterBody = z.strictObject({
  customerName: z
    .string({ error: passes })
    .regex(/^[\x20-\x7e\xa0-\xff]{1,150}$/, { error: passes }),
});

export const portActions: readonly ActionDefinition[] = [
  { type: types.port, method: "POST", path: "generateLoa", answer: generateLetter },
];

async function generateLetter(call: Call, port: StoredResource): Promise<Reply> {
  const { customerName } = await actionBody(call, LetterBody);
  const peeringLocation = textAt(port.desired, "properties.peeringLocation") ?? "";
  const place = call.deps.inventory.peeringLocations.find(({ name }) => name === peeringLocation);
  const pdf = await letterPdf({
    customerName,
    resourceId: port.id,
    peeringLocation,
    ...(place?.address === undefined ? {} : { address: place.address }),
    bandwidthGbps: numberAt(port.desired, "properties.bandwidthInGbps") ?? 0,
    encapsulation: textAt(port.desired, "properties.encapsulation") ?? "",
    ports: listAt(port.assigned, "links").map((link, index) => ({
      name: `link${index + 1}`,
      routerName: textAt(link, "routerName") ?? "",
      interfaceName: textAt(link, "interfaceName") ?? "",
      rackId: textAt(link, "rackId") ?? "",
      patchPanelId: textAt(link, "patchPanelId") ?? "",
      connectorType: "LC",
    })),
    writtenAt: new Date(call.deps.clock.now()),
  });
  return { status: 200, body: { encodedContent: Buffer.from(pdf).toString("base64") } };
}
