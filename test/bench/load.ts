/** Requests without a pause over connections that are kept, by wrk: a client of our own would take longer than the server. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const script = fileURLToPath(new URL("load.lua", import.meta.url));
/** Of so many answers and more, as many are told: the raw data of each would be megabytes. */
const QUANTILES = 2_000;
/** The first answers compile the code; they are not counted. */
const WARM_SECONDS = 2;

export type Load = {
  readonly endpoint: string;
  readonly token: string;
  readonly method: "GET" | "PUT";
  readonly paths: readonly string[];
  /** `{turn}` in it is another number in each request. */
  readonly body?: string;
  readonly connections: number;
  readonly seconds: number;
  /** Where the list of paths is put. */
  readonly folder: string;
};

export type LoadResult = {
  /** How long answers took: quantiles that are equally far apart, from the least to the most. */
  readonly ms: readonly number[];
  readonly answers: number;
  readonly perSecond: number;
};

export async function load(request: Load): Promise<LoadResult> {
  const paths = join(request.folder, "paths");
  await writeFile(paths, `${request.paths.join("\n")}\n`);
  await ask(request, paths, WARM_SECONDS);
  const { failed, answers, us, quantiles } = await ask(request, paths, request.seconds);
  if (failed > 0)
    throw new Error(
      `${failed} of ${answers} requests failed: ${request.method} ${request.paths[0]}`,
    );
  return {
    ms: quantiles.map((each) => each / 1_000),
    answers,
    perSecond: answers / (us / 1_000_000),
  };
}

type Told = { failed: number; answers: number; us: number; quantiles: number[] };

async function ask(load: Load, paths: string, seconds: number): Promise<Told> {
  const { endpoint, token, method, body, connections } = load;
  const many = ["-t", "1", "-c", `${connections}`, "-d", `${Math.ceil(seconds)}`];
  const { stdout } = await promisify(execFile)("wrk", [...many, "-s", script, endpoint], {
    env: {
      ...process.env,
      // Not on the command line: everybody may read that.
      ...{ TOKEN: token, METHOD: method, PATHS: paths, QUANTILES: `${QUANTILES}` },
      ...(body === undefined ? {} : { BODY: body }),
    },
  });
  return JSON.parse(stdout.slice(stdout.lastIndexOf("{"))) as Told;
}
