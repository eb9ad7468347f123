/** Starts one program and waits for its end. */
import { type ChildProcess, spawn } from "node:child_process";

export type Launch = {
  readonly argv: readonly [string, ...string[]];
  readonly input?: string;
  readonly timeoutMs: number;
  /** Where programs are looked for, if not where this process looks. */
  readonly path?: string;
};

export type Ending = {
  readonly code: number;
  /** The signal that ended it. */
  readonly killed?: string;
  readonly stdout: string;
  readonly stderr: string;
};

/** It never ran; `ENOENT` is a program that is not there. */
export class LaunchError extends Error {
  override readonly name = "LaunchError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** More than any listing of a node with a thousand VRFs prints. */
const outputBytesMax = 256 * 1024 * 1024;

export function launch(request: Launch, signal?: AbortSignal): Promise<Ending> {
  const [program, ...rest] = request.argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      stdio: [request.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      timeout: request.timeoutMs,
      killSignal: "SIGKILL",
      ...(request.path === undefined ? {} : { env: { ...process.env, PATH: request.path } }),
      ...(signal === undefined ? {} : { signal }),
    });
    const stdout = collect(child, "stdout");
    const stderr = collect(child, "stderr");
    child.on("error", (cause: NodeJS.ErrnoException) =>
      reject(new LaunchError(cause.code ?? "", cause.message)),
    );
    child.on("close", (code, killed) => {
      const end = { code: code ?? -1, stdout: stdout(), stderr: stderr() };
      resolve(killed === null ? end : { ...end, killed });
    });
    // EPIPE: the program ended before it read everything; its exit code tells why.
    child.stdin?.on("error", () => {});
    child.stdin?.end(request.input);
  });
}

function collect(child: ChildProcess, name: "stdout" | "stderr"): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  child[name]?.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= outputBytesMax) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString("utf8");
}
