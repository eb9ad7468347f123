import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { expect, test } from "vitest";
import { trustedIssuers } from "./trusted-issuers.ts";

test("an issuer's keys are found by its own document", async () => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  let issuer = "http://127.0.0.1";
  let named = "https://another";
  const server = createServer((request, response) => {
    const jwks_uri = `${issuer}/keys`;
    const answer = async () =>
      request.url === "/keys"
        ? { keys: [{ ...(await exportJWK(publicKey)), kid: "k", alg: "ES256" }] }
        : { issuer: named, jwks_uri };
    void answer().then((body) => response.end(JSON.stringify(body)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = trustedIssuers([issuer]).get(issuer);
  const token = await new SignJWT({ iss: issuer })
    .setProtectedHeader({ alg: "ES256", kid: "k" })
    .sign(privateKey);
  if (keys === undefined) throw new Error("no keys");
  await expect(jwtVerify(token, keys)).rejects.toThrow("does not describe the issuer");
  named = issuer;
  expect((await jwtVerify(token, keys)).payload.iss).toBe(issuer);
  server.close();
  server.closeAllConnections();
});

test.each(["nonsense", "http://issuer.example", "ftp://issuer.example"])(
  "%s is no issuer",
  (url) => {
    expect(() => trustedIssuers([url])).toThrow("is no issuer");
  },
);
