/**
 * A customer's own pair of ports. What changes their keys may cut a link, until the other end has them too: the second
 * link is told of its keys once the first is known to have its own (I6). What a link was told is kept with the port.
 */
import { type LinkName, linkNames } from "../domain/direct-pairs.ts";
import { objectAt, sameJson } from "../domain/fields.ts";
import { macSecWanted } from "../domain/mac-sec.ts";
import type { MacSec } from "../fabric/intent.ts";
import { planDirectPort, portKey } from "../plan/plan.ts";
import type { JsonObject, StoredResource, StoreWriter } from "../store/store.ts";
import { directPorts } from "./network-rows.ts";
import type { Planned, ReconcileContext } from "./outcome.ts";
import { part, type Replaced, replace } from "./replaced.ts";

type Told = Readonly<Partial<Record<LinkName, JsonObject>>>;
type Ends = ReturnType<typeof directPorts>;

export async function planPortScope(
  context: ReconcileContext,
  writer: StoreWriter,
  id: string,
): Promise<Planned> {
  const port = await writer.read(id);
  const ends = port === undefined ? [] : directPorts(context.inventory, port);
  const put = (told: Told) =>
    replace(
      writer,
      `port:${id.toLowerCase()}`,
      planDirectPort(ends.map(({ link, ...end }) => ({ ...end, ...keysOf(told[link]) }))),
    );
  if (port === undefined || ends.length === 0)
    return [part([await put({})], port === undefined ? [] : [port])];
  let told = toldOf(port);
  let replaced = await put(told);
  for (const link of untold(port, told)) {
    const others = ends.filter((end) => end.link !== link);
    if (!(await areApplied(context, others, replaced))) break;
    const { [link]: _, ...rest } = told;
    const wanted = macSecWanted(port, link);
    told = wanted === undefined ? rest : { ...rest, [link]: wanted };
    replaced = await put(told);
  }
  if (!sameJson(objectAt(port.observed, "macSec"), told)) {
    const now = (await writer.read(id)) ?? port;
    await writer.putResource({ ...now, observed: { ...now.observed, macSec: told } });
  }
  const settled = part([replaced], [port]);
  return [untold(port, told).length === 0 ? settled : { ...settled, goesOn: true }];
}

function toldOf(port: StoredResource): Told {
  return Object.fromEntries(
    linkNames.flatMap((link) => {
      const told = objectAt(port.observed, `macSec.${link}`);
      return Object.keys(told).length === 0 ? [] : [[link, told]];
    }),
  );
}

function untold(port: StoredResource, told: Told): readonly LinkName[] {
  return linkNames.filter((link) => !sameJson(told[link], macSecWanted(port, link)));
}

/** As `macSecWanted` made it. */
function keysOf(told: JsonObject | undefined): { macSec?: MacSec } {
  return told === undefined ? {} : { macSec: told as unknown as MacSec };
}

/** Whether their nodes say that those ends are as they were last asked to be. */
async function areApplied(
  { store }: ReconcileContext,
  ends: Ends,
  { needs }: Replaced,
): Promise<boolean> {
  for (const { node, port } of ends) {
    const report = await store.readReport(node);
    const needed = needs.find((one) => one.node === node)?.generation ?? 0;
    if (report === undefined || report.error !== undefined || report.generation < needed)
      return false;
    const result = report.fragments.find(({ key }) => key === portKey(port));
    if (result?.state === "failed") return false;
  }
  return true;
}
