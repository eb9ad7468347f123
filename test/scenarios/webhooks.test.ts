/** Webhooks against a receiver of their owner's: what it would not take reaches it after a restart. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { signatureOf } from "../../src/api/events/webhook-sender.ts";
import { signedIn } from "../../src/main/commands/signed-in.ts";
import { place, up } from "./cli-runs.ts";

const secret = "the-receiver-knows-this-too";

type Got = { readonly headers: IncomingMessage["headers"]; readonly body: string };

/** Answers with `status`; `next` is the next delivery that is answered so. */
async function startReceiver() {
  const waiting: ((got: Got) => void)[] = [];
  const state = { status: 500 };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      response.writeHead(state.status).end();
      for (const tell of waiting.splice(0)) tell({ headers: request.headers, body });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // What `listen` with a port gives.
  const { port } = server.address() as AddressInfo;
  return {
    state,
    url: `http://127.0.0.1:${port}/in`,
    next: () => new Promise<Got>((resolve) => waiting.push(resolve)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("a delivery that failed before the server stopped is made when it has started again", async () => {
  using here = place();
  await using receiver = await startReceiver();
  const group = await (async () => {
    await using _server = await up(here.data);
    const { client, principal } = await signedIn(here.data, "customer");
    await client.put("/causeway/webhooks/mine", { url: receiver.url, secret, kinds: ["resource"] });
    const refused = receiver.next();
    const id = `/subscriptions/${principal.subscriptionId}/resourceGroups/rg`;
    await client.put(id, { location: "westeurope" });
    expect((await refused).body).toContain(id);
    return id;
  })();
  receiver.state.status = 204;
  const taken = receiver.next();
  await using _server = await up(here.data);
  const { headers, body } = await taken;
  const timestamp = String(headers["causeway-timestamp"]);
  expect(headers["causeway-signature"]).toBe(signatureOf({ secret, timestamp, body }));
  expect(JSON.parse(body)).toMatchObject({
    webhook: "mine",
    events: [{ kind: "resource", resourceId: group, change: "created" }],
  });
}, 60_000);
