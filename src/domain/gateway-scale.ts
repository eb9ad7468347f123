/** Units of a gateway that scales: `autoScaleConfiguration`. */
import { z } from "zod";
import { type ArmError, refuse } from "./errors.ts";
import { type GatewaySku, scaleUnits } from "./gateway-skus.ts";

const Units = z
  .int({ error: `must be a whole number of units, ${scaleUnits.least} to ${scaleUnits.most}` })
  .min(scaleUnits.least, { error: `must be ${scaleUnits.least} or more units` })
  .max(scaleUnits.most, { error: `must be at most ${scaleUnits.most} units` });

export const AutoScale = z.strictObject(
  {
    bounds: z.strictObject(
      { min: Units.optional(), max: Units.optional() },
      { error: "must be an object with min and max" },
    ),
  },
  { error: "must be an object with bounds" },
);

type Asked = z.infer<typeof AutoScale> | undefined;
const boundsField = "properties.autoScaleConfiguration.bounds";

/** What is left out: two units, the fewest that may grow; a most that is the least. */
export function scaleOf(asked: Asked): { min: number; max: number } {
  const { min, max } = asked?.bounds ?? {};
  const least = min ?? Math.min(2, max ?? 2);
  return { min: least, max: max ?? least };
}

export function* gatewayScaleRefusals({
  sku,
  autoScaleConfiguration: asked,
}: {
  sku: { name: GatewaySku };
  autoScaleConfiguration?: Asked;
}): Generator<ArmError> {
  if (asked === undefined) return;
  if (sku.name !== "ErGwScale") {
    yield refuse(
      "SkuInvalid",
      "properties.autoScaleConfiguration",
      `properties.autoScaleConfiguration is refused: ${sku.name} has no units; send the SKU ErGwScale, or leave it out.`,
    );
    return;
  }
  const { min, max } = scaleOf(asked);
  if (min > max) {
    yield refuse(
      "InvalidParameter",
      `${boundsField}.min`,
      `${boundsField}.min is refused: ${min} units are more than the ${max} of max; send ${max} or fewer.`,
    );
  }
  // source: scalable-gateway.md: one unit stays one, and what grows begins with two.
  if (min === 1 && max > 1) {
    yield refuse(
      "InvalidParameter",
      `${boundsField}.min`,
      `${boundsField}.min is refused: a gateway that grows to ${max} units begins with 2 or more; send 2, or 1 for both.`,
    );
  }
}
