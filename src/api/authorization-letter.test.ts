import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { at, good, make, makeGroup, refusalsIn, smallInventory, startApi } from "./api-fixture.ts";

const path = `${at.port("port")}/generateLoa`;

/** The text of a PDF whose fonts are the standard ones: hexadecimal strings, kerning between them. */
function textOf(pdf: Buffer): string {
  const raw = pdf.toString("latin1");
  const pieces = [...raw.matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(([, stream = ""]) =>
    inflateSync(Buffer.from(stream, "latin1")).toString("latin1"),
  );
  const lines = pieces.flatMap((piece) => [...piece.matchAll(/\[(.*?)\] TJ/g)]);
  const decoded = lines.map(([, line = ""]) =>
    [...line.matchAll(/<([0-9a-f]+)>/g)]
      .map(([, hex = ""]) => Buffer.from(hex, "hex").toString("latin1"))
      .join(""),
  );
  return decoded.join("\n");
}

async function letter(inventory = smallInventory) {
  await using api = startApi({ inventory });
  await makeGroup(api);
  await make(api, at.port("port"), { body: good.port() });
  const { status, body } = await api.call("customer", "POST", path, { customerName: "Müller AG" });
  const pdf = Buffer.from(String(body["encodedContent"]), "base64");
  return { status, pdf, text: textOf(pdf) };
}

test("the letter of a port names its customer and where each link is plugged in", async () => {
  const { status, pdf, text } = await letter();
  expect(status).toBe(200);
  expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
  expect(pdf.subarray(-6).toString().trim()).toBe("%%EOF");
  const words = text.split("\n");
  const facts = ["Customer: Müller AG", "Date: 2027-01-15", "Peering location: Amsterdam"];
  expect(words).toEqual(expect.arrayContaining(facts));
  const rows = ["link1", "ams-e1", "d0", "p1", "link2", "ams-e2", "p2", "r1"];
  expect(words).toEqual(expect.arrayContaining(rows));
  // The inventory says neither: no letter may.
  for (const unknown of ["Address", "Connector"]) expect(text).not.toContain(unknown);
});

test("the address stands in it where the inventory has one", async () => {
  const peeringLocations = smallInventory.peeringLocations.map((place) => ({
    ...place,
    address: "Science Park 610",
  }));
  const { text } = await letter({ ...smallInventory, peeringLocations });
  expect(text).toContain("Address: Science Park 610");
});

test.each([
  ["no name", {}, "InvalidParameter customerName"],
  ["an empty name", { customerName: "" }, "InvalidParameter customerName"],
  ["a name that the font lacks", { customerName: "株式会社" }, "InvalidParameter customerName"],
  ["an unknown field", { customerName: "x", members: [] }, "UnknownField members"],
])("%s is refused", async (_, body, expected) => {
  await using api = startApi();
  await makeGroup(api);
  await make(api, at.port("port"), { body: good.port() });
  expect(refusalsIn(await api.call("customer", "POST", path, body))).toEqual([expected]);
});
