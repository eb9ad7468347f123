/** A client that keeps what the server has acknowledged: after a crash, all of it must be true. */
import type { Client, WireResource } from "../../src/client/client.ts";
import type { Parties } from "../../src/main/demo/order.ts";
import { until } from "./lab-server.ts";

type Asked = { readonly properties?: object };
type Written = { readonly asked: Asked; readonly answer: WireResource };

export class Recorded {
  /** By id, what was asked for last and how the server answered. */
  readonly written = new Map<string, Written>();
  readonly deleted = new Set<string>();

  /** A recording of `parties`: the same clients, but what they are answered is kept. */
  of(parties: Parties): Parties {
    return {
      ...parties,
      customer: this.#client(parties.customer),
      provider: this.#client(parties.provider),
    };
  }

  #client(client: Client): Client {
    return {
      ...client,
      put: async <T>(id: string, body: unknown) => {
        const answer = await client.put<T>(id, body);
        this.written.set(id, { asked: body as Asked, answer: answer.body as WireResource });
        return answer;
      },
      delete: async (id) => {
        // From here on nobody can say whether a thing, or what hangs on it, is there.
        this.written.clear();
        const answer = await client.delete(id);
        this.deleted.add(id);
        return answer;
      },
    };
  }
}

/** What was acknowledged and is not so, once the server has had time to carry it out. */
export async function broken({ operator }: Parties, recorded: Recorded): Promise<string[]> {
  const faults: string[] = [];
  for (const [id, written] of recorded.written) {
    const now = await operator.find(id);
    if (now === undefined) faults.push(`${id} is gone`);
    else if (await ends(operator, id)) faults.push(...differences(written, now));
    else faults.push(`${id} did not succeed`);
  }
  for (const id of recorded.deleted)
    if (!(await settled(async () => (await operator.find(id)) === undefined)))
      faults.push(`${id} is still there`);
  return faults;
}

function ends(operator: Client, id: string): Promise<boolean> {
  // A resource group answers without the nodes, and so with no state of theirs.
  return settled(async () => (await operator.get(id)).properties.provisioningState === "Succeeded");
}

function settled(read: () => Promise<boolean>): Promise<boolean> {
  return until("", async () => ((await read()) ? true : undefined), 20_000).catch(() => false);
}

/** What was asked for, and the name that the server gave. The rest follows from other writes too. */
function differences({ asked, answer }: Written, now: WireResource): string[] {
  return [...Object.keys(asked.properties ?? {}), "serviceKey"]
    .filter((field) => typeof answer.properties[field] !== "object")
    .filter((field) => now.properties[field] !== answer.properties[field])
    .map(
      (field) => `${now.id} ${field}: ${answer.properties[field]} became ${now.properties[field]}`,
    );
}
