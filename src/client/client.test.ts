import { expect, test } from "vitest";
import { ApiError, createClient } from "./client.ts";

type Seen = { method: string; url: string; body: string; authorization: string | null };

function clientOf(answers: readonly Response[]) {
  const seen: Seen[] = [];
  let now = 0;
  const client = createClient({
    endpoint: "http://api",
    token: async () => "t",
    clock: {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    },
    fetch: async (request) => {
      const { method, url, headers } = request;
      const authorization = headers.get("authorization");
      seen.push({ method, url, body: await request.text(), authorization });
      const answer = answers[seen.length - 1] ?? answers.at(-1);
      return answer?.clone() ?? new Response(null, { status: 500 });
    },
  });
  return { client, seen };
}

test("a request carries the token and the version, and links are followed as they are", async () => {
  const { client, seen } = clientOf([
    Response.json({ value: [1], nextLink: "http://api/x?api-version=2020-01-01&$skiptoken=a" }),
    Response.json({ value: [2] }),
  ]);
  expect(await client.list("/x")).toEqual([1, 2]);
  expect(seen.map(({ url }) => url)).toEqual([
    "http://api/x?api-version=2025-05-01",
    "http://api/x?api-version=2020-01-01&$skiptoken=a",
  ]);
  expect(seen[0]?.authorization).toBe("Bearer t");
});

test("every reason of a refusal reaches the caller", async () => {
  const details = [
    { code: "A", message: "First.", target: "a" },
    { code: "B", message: "Second." },
  ];
  const error = { code: "InvalidParameters", message: "Two reasons.", details };
  const { client } = clientOf([Response.json({ error }, { status: 400 })]);
  const refused = client.put("/x", {});
  await expect(refused).rejects.toMatchObject({ status: 400, code: "InvalidParameters", details });
  await expect(refused).rejects.toThrow("Two reasons.\nFirst.\nSecond.");
});

test("what does not exist is found as nothing, and any other failure is thrown", async () => {
  const missing = { error: { code: "ResourceNotFound", message: "No." } };
  expect(
    await clientOf([Response.json(missing, { status: 404 })]).client.find("/x"),
  ).toBeUndefined();
  const { client } = clientOf([new Response("<html>", { status: 502 })]);
  await expect(client.find("/x")).rejects.toThrow(/is the endpoint right/);
  await expect(client.find("/x")).rejects.toBeInstanceOf(ApiError);
});

test("a write is waited for, a failed one is thrown, an endless one times out", async () => {
  const headers = { "Azure-AsyncOperation": "http://api/op?api-version=2025-05-01" };
  const pending = Response.json({ status: "InProgress" });
  const written = () => Response.json({ id: "/x" }, { status: 201, headers });
  const done = clientOf([written(), pending, Response.json({ status: "Succeeded" })]);
  await done.client.waitFor(await done.client.put("/x", { a: 1 }));
  expect(done.seen.map(({ method }) => method)).toEqual(["PUT", "GET", "GET"]);
  expect(done.seen[0]?.body).toBe('{"a":1}');

  const error = { code: "Broken", message: "It broke." };
  const failed = clientOf([written(), Response.json({ status: "Failed", error })]);
  const operation = await failed.client.put("/x", {});
  await expect(failed.client.waitFor(operation)).rejects.toThrow("It broke.");

  const endless = clientOf([written(), pending]);
  const waiting = await endless.client.put("/x", {});
  await expect(endless.client.waitFor(waiting, { timeoutMs: 1_000 })).rejects.toThrow(
    /still in progress/,
  );
  await endless.client.waitFor({});
});
