import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { metricFamilies, printOpenMetrics } from "./metric-families.ts";

test("samples of a family stand together under its type and help, counters with their ending", () => {
  const labels = { resource_id: "/c", device_role: "primary", direction: "in" };
  const text = printOpenMetrics([
    { family: "causeway_circuit_packets", labels, value: 3 },
    { family: "causeway_peering_bgp_up", labels: { peer: 'a"b\\c\nd' }, value: 1 },
    { family: "causeway_circuit_packets", labels: { ...labels, direction: "out" }, value: 4 },
  ]);
  expect(text).toBe(
    [
      "# TYPE causeway_circuit_packets counter",
      "# HELP causeway_circuit_packets IP packets on one link.",
      'causeway_circuit_packets_total{resource_id="/c",device_role="primary",direction="in"} 3',
      'causeway_circuit_packets_total{resource_id="/c",device_role="primary",direction="out"} 4',
      "# TYPE causeway_peering_bgp_up gauge",
      "# HELP causeway_peering_bgp_up 1 while the session is established: BgpAvailability.",
      'causeway_peering_bgp_up{peer="a\\"b\\\\c\\nd"} 1',
      "# EOF",
      "",
    ].join("\n"),
  );
});

test("a histogram's samples say which of its series they are", () => {
  const family = "causeway_circuit_load_ratio";
  const text = printOpenMetrics([
    { family, part: "bucket", labels: { direction: "in", le: "0.25" }, value: 3 },
    { family, part: "bucket", labels: { direction: "in", le: "+Inf" }, value: 4 },
    { family, part: "count", labels: { direction: "in" }, value: 4 },
    { family, part: "sum", labels: { direction: "in" }, value: 7.5 },
  ]);
  expect(text.split("\n").filter((line) => !line.startsWith("# HELP"))).toEqual([
    "# TYPE causeway_circuit_load_ratio histogram",
    'causeway_circuit_load_ratio_bucket{direction="in",le="0.25"} 3',
    'causeway_circuit_load_ratio_bucket{direction="in",le="+Inf"} 4',
    'causeway_circuit_load_ratio_count{direction="in"} 4',
    'causeway_circuit_load_ratio_sum{direction="in"} 7.5',
    "# EOF",
    "",
  ]);
});

test("every family is in the documentation", () => {
  const page = readFileSync(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  for (const name of Object.keys(metricFamilies)) expect(page).toContain(name);
});
