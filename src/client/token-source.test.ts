import { expect, test } from "vitest";
import { clientCredentials } from "./token-source.ts";

function sourceOf(answers: readonly Response[]) {
  const bodies: string[] = [];
  const at = { now: 0 };
  const token = clientCredentials({
    ...{ endpoint: "http://api", tenantId: "t", clientId: "c", clientSecret: "s" },
    clock: { now: () => at.now, sleep: async () => {} },
    fetch: async (request) => {
      bodies.push(`${request.url} ${await request.text()}`);
      return answers[bodies.length - 1] ?? new Response("{}", { status: 500 });
    },
  });
  return { token, bodies, at };
}

const answer = (token: string) => Response.json({ access_token: token, expires_in: 3_600 });

test("one token serves all that ask, until shortly before it ends", async () => {
  const { token, bodies, at } = sourceOf([answer("one"), answer("two")]);
  expect(await Promise.all([token(), token()])).toEqual(["one", "one"]);
  at.now = 3_299_000;
  expect(await token()).toBe("one");
  at.now = 3_300_000;
  expect(await token()).toBe("two");
  expect(bodies).toHaveLength(2);
  expect(bodies[0]).toBe(
    "http://api/t/oauth2/v2.0/token grant_type=client_credentials&client_id=c&client_secret=s&scope=http%3A%2F%2Fapi%2F.default",
  );
});

test("a refusal is told in its own words, and asked again the next time", async () => {
  const refusal = Response.json(
    { error: "x", error_description: "No such client." },
    { status: 401 },
  );
  const { token } = sourceOf([refusal, answer("one")]);
  await expect(token()).rejects.toThrow("Signing in failed: No such client.");
  expect(await token()).toBe("one");
});
