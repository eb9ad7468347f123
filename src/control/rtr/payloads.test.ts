import { expect, test } from "vitest";
import { prefixOf } from "../../base/prefix.ts";
import { Payloads } from "./payloads.ts";
import { type Pdu, readPdus } from "./pdu.ts";

const vrp = (prefix: string, asn: number) => ({ prefix: prefixOf(prefix), maxLength: 24, asn });
const prefix = (text: string, asn: number, isAnnounced = true): Pdu => ({
  ...{ kind: "prefix", isAnnounced },
  vrp: vrp(text, asn),
});
const response = (sessionId = 7): Pdu => ({ kind: "cacheResponse", sessionId, serial: 0 });
const end = (serial: number, sessionId = 7): Pdu => ({ kind: "endOfData", sessionId, serial });
const asns = (payloads: Payloads) => payloads.vrps().map(({ asn }) => asn);

test("an answer counts when it is whole, and later ones add to it and take from it", () => {
  const payloads = new Payloads(1);
  expect(payloads.query().toString("hex")).toBe("0102000000000008");
  for (const pdu of [response(), prefix("10.0.0.0/24", 1), prefix("10.0.1.0/24", 2)])
    expect(payloads.take(pdu)).toEqual({});
  expect(asns(payloads)).toEqual([]);
  expect(payloads.take(end(5))).toEqual({ isNew: true });
  expect(asns(payloads)).toEqual([1, 2]);
  expect(payloads.take({ kind: "serialNotify", sessionId: 7, serial: 5 })).toEqual({});
  const { asks } = payloads.take({ kind: "serialNotify", sessionId: 7, serial: 6 });
  expect(asks?.toString("hex")).toBe("010100070000000c00000005");
  for (const pdu of [response(), prefix("10.0.0.0/24", 1, false), prefix("10.0.2.0/24", 3), end(6)])
    payloads.take(pdu);
  expect(asns(payloads)).toEqual([2, 3]);
});

test("a reset, or another session, begins anew and keeps what was known until then", () => {
  const payloads = new Payloads(1);
  payloads.query();
  for (const pdu of [response(), prefix("10.0.0.0/24", 1), end(1)]) payloads.take(pdu);
  payloads.query();
  expect(payloads.take({ kind: "cacheReset" }).asks?.toString("hex")).toBe("0102000000000008");
  expect(asns(payloads)).toEqual([1]);
  for (const pdu of [response(9), prefix("10.0.1.0/24", 2), end(1, 9)]) payloads.take(pdu);
  expect(asns(payloads)).toEqual([2]);
  payloads.query();
  expect(payloads.take(response(10)).asks?.toString("hex")).toBe("0102000000000008");
});

test("what is no message ends the conversation", () => {
  expect(() => readPdus(Buffer.from("HTTP/1.1 400 Bad Request\r\n"))).toThrow(/no RPKI-to-Router/);
  const payloads = new Payloads(1);
  expect(() => payloads.take({ kind: "error", code: 2, text: "no data" })).toThrow(/no data/);
});

test("messages are read as they come, in pieces", () => {
  const ipv4 = "0104000000000014" + "01181800" + "c0000200" + "00000cf8";
  const bytes = Buffer.from(`${ipv4}0107`, "hex");
  const { pdus, rest } = readPdus(bytes);
  expect(pdus).toEqual([prefix("192.0.2.0/24", 3320)]);
  expect(rest.length).toBe(2);
  expect(readPdus(bytes.subarray(0, 10)).pdus).toEqual([]);
});
