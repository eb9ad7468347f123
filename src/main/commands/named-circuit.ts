import { UsageError } from "../../cli/usage-error.ts";
import type { Client, WireResource } from "../../client/client.ts";
import { signedIn } from "./signed-in.ts";

/** The customer's circuit of that name or id; a mistyped one is answered with those there are. */
export async function namedCircuit(
  data: string,
  name: string,
): Promise<{ client: Client; circuit: WireResource }> {
  const { client, principal } = await signedIn(data, "customer");
  const circuits = await client.list<WireResource>(
    `/subscriptions/${principal.subscriptionId}/providers/Microsoft.Network/expressRouteCircuits`,
  );
  const circuit = circuits.find(({ id, name: known }) =>
    [id.toLowerCase(), known.toLowerCase()].includes(name.toLowerCase()),
  );
  if (circuit === undefined)
    throw new UsageError(
      `There is no circuit '${name}'. Known: ${circuits.map((each) => each.name).join(", ") || "none"}.`,
    );
  return { client, circuit };
}
