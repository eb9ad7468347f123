/** What evaluating one template may cost: a small template can ask for more than there is, by doubling or by copies. */
import type { Json } from "../../store/store.ts";
import { TemplateError } from "./expression.ts";

/** Characters, a value of any kind for ten of them. */
const costMax = 50_000_000;
const valueCost = 10;
/** To evaluate takes longer than to count. */
const visitCost = 50;
const depthMax = 100;
/** As the original has it. */
const partsMax = 800;

export class Budget {
  #spent = 0;
  #parts = 0;

  spend(cost: number): void {
    this.#spent += cost;
    if (this.#spent > costMax)
      throw new TemplateError(
        "The template says too much: copies or values that contain one another multiply; send a smaller one.",
      );
  }

  /** One value more is evaluated. */
  visit(): void {
    this.spend(visitCost);
  }

  /** The value itself, when it can be paid for. */
  take(value: Json): Json {
    this.spend(costOf(value, costMax - this.#spent));
    return value;
  }

  /** One resource more. */
  part(): void {
    this.#parts += 1;
    if (this.#parts > partsMax)
      throw new TemplateError(
        `The template has more than ${partsMax} resources, copies included; send several templates.`,
      );
  }
}

/** What the value would be as a text, about; beyond `most` it is not looked at further. */
export function costOf(value: Json, most: number): number {
  let cost = 0;
  const open: [Json, number][] = [[value, 0]];
  for (let next = open.pop(); next !== undefined && cost <= most; next = open.pop()) {
    const [one, depth] = next;
    if (depth > depthMax)
      throw new TemplateError(`A value nests deeper than ${depthMax} levels; send a flatter one.`);
    cost += valueCost;
    if (typeof one === "string") cost += one.length;
    else if (typeof one === "object" && one !== null)
      for (const [name, part] of Object.entries(one)) {
        cost += Array.isArray(one) ? 0 : name.length;
        open.push([part, depth + 1]);
      }
  }
  return cost;
}
