/** `/metrics`: what nodes last said of what the caller may read, for Prometheus and whoever reads OpenMetrics. */
import type { Call, Reply } from "./context.ts";
import { printOpenMetrics } from "./metric-families.ts";
import { methodNotAllowed } from "./path.ts";

export async function metricsReply(call: Call): Promise<Reply> {
  const { access, deps, method } = call;
  if (method !== "GET") throw methodNotAllowed(method, ["GET"]);
  const samples = await deps.readouts?.metrics({
    mayRead: (row) => access.mayRead(row),
    seesFabric: access.allows("Causeway/fabric/read", "/"),
  });
  return {
    status: 200,
    text: {
      type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
      content: printOpenMetrics(samples ?? []),
    },
  };
}
