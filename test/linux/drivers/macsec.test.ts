/** A port with keys on a real node: what this kernel cannot encrypt is said at the port, and all else goes on. */
import { expect, test } from "vitest";
import type { PortFragment } from "../../../src/fabric/intent.ts";
import { circuitVrf, raiseBenchLab } from "./bench-lab.ts";

test("a port with keys says that they are not carried, and no other fragment fails or loses its session", async () => {
  await using lab = await raiseBenchLab("macsec", ["edge:p1-ce:up"]);
  await lab.converge("ce", [circuitVrf(2, 1, { port: "up", tags: [100, 1] })]);
  const circuit = circuitVrf(1, 1, { port: "p1", tags: [100, 1] });
  const port: PortFragment = { kind: "port", key: "port/p1", port: "p1", enabled: true };
  await lab.converge("edge", [circuit, port]);
  const before = await lab.established("edge", "c1");
  const keys = [{ slot: 0, ckn: "0a01", cak: "11".repeat(16) }];
  const macSec = { cipher: "GcmAes128", sci: true, keys, preferred: 0 } as const;
  const results = await lab.converge("edge", [circuit, { ...port, macSec }]);
  expect(results.map(({ key, state }) => [key, state])).toEqual([
    [circuit.key, "applied"],
    [port.key, "applied"],
  ]);
  expect(results[0]?.notCarried).toBeUndefined();
  expect(results[1]?.notCarried).toMatch(/^not carried: (kernel has no macsec|no agent)/);
  expect(JSON.stringify(results)).not.toContain(keys[0]?.cak);
  const after = await lab.established("edge", "c1");
  expect(after.uptimeSeconds).toBeGreaterThanOrEqual(before.uptimeSeconds ?? 0);
  const [plain] = (await lab.converge("edge", [circuit, port])).slice(1);
  expect(plain?.notCarried).toBeUndefined();
});
