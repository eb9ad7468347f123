import { type Bench, type Benchmark, raiseLab } from "./benchmark.ts";
import type { Figure } from "./figures.ts";
import { chosenVariants, orderVariant } from "./standing-variant.ts";

export const order: Benchmark = {
  name: "order",
  story:
    "From the order's first request, with the provider's step, to the first frame of the virtual machine's traffic seen on each hand-off.",
  run,
};

async function run(bench: Bench): Promise<Figure[]> {
  const runs = bench.number("runs", 5);
  const lab = await raiseLab(bench);
  const figures: Figure[] = [];
  for (const variant of chosenVariants(bench.option("variants"))) {
    const times = { primary: [] as number[], secondary: [] as number[] };
    for (let index = 0; index < runs; index += 1) {
      const standing = await orderVariant(lab, variant);
      const { primary, secondary } = standing.orderToFirstPacketMs;
      // Without a frame there is no time; the order itself has failed then.
      times.primary.push(primary ?? Number.POSITIVE_INFINITY);
      times.secondary.push(secondary ?? Number.POSITIVE_INFINITY);
      bench.say(`  ${variant.name} ${index + 1}/${runs}: ${primary} / ${secondary} ms`);
      await standing.takeAway();
    }
    for (const side of ["primary", "secondary"] as const)
      figures.push({
        name: `${variant.name}, ${side}`,
        unit: "ms",
        samples: times[side],
        target: { of: "max", most: 5_000 },
      });
  }
  await lab.clear();
  return figures;
}
