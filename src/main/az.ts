/** The installed `az` against one server: its own profile in the data folder, its cloud, signed in. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "../cli/usage-error.ts";
import { type Credentials, type DataFolder, type Principal, writeWhole } from "./data-folder.ts";
import { ensureTrustBundle } from "./trust.ts";

const CLOUD = "Causeway";
const launcher = fileURLToPath(new URL("../../clients/az-launcher.py", import.meta.url));

export type AzSession = {
  readonly folder: DataFolder;
  readonly credentials: Credentials;
  readonly principal: Principal;
};

/** Runs az as the principal; gives its exit code. */
export async function runAz(session: AzSession, argv: readonly string[]): Promise<number> {
  const command = await azCommand();
  if (command === undefined) {
    throw new UsageError(
      "az is not installed: on Debian 'apt-get install azure-cli' brings it; elsewhere see https://aka.ms/InstallAzureCli.",
    );
  }
  if (!session.credentials.endpoint.startsWith("https:")) {
    throw new UsageError("az sends tokens over TLS only: start the server without --plain-http.");
  }
  const environment = await environmentOf(session);
  await signIn(session, { command, environment });
  return run([...command, ...argv], environment, "inherit");
}

/** How az is started here; undefined where it is not installed. */
export async function azCommand(): Promise<readonly string[] | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, "az");
    const found = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!found) continue;
    const python = /^#! ?(\/\S*python\S*)/.exec(await firstLine(file))?.[1];
    // A build that is a script of Python can be started with what it lacks; others are whole.
    return python === undefined ? [file] : [python, launcher];
  }
  return undefined;
}

async function firstLine(file: string): Promise<string> {
  const opened = await open(file);
  try {
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(200), 0, 200, 0);
    return buffer.toString("latin1", 0, bytesRead).split("\n")[0] ?? "";
  } finally {
    await opened.close();
  }
}

async function environmentOf({ folder, principal }: AzSession): Promise<NodeJS.ProcessEnv> {
  return {
    ...process.env,
    AZURE_CONFIG_DIR: join(folder.file("az"), principal.name),
    REQUESTS_CA_BUNDLE: await ensureTrustBundle(folder),
    AZURE_CORE_COLLECT_TELEMETRY: "no",
    AZURE_CORE_SURVEY_MESSAGE: "no",
    AZURE_CORE_LOGIN_EXPERIENCE_V2: "no",
  };
}

type Start = { readonly command: readonly string[]; readonly environment: NodeJS.ProcessEnv };

/** Once for each server and secret: what the profile was made for is noted in it. */
async function signIn(
  { folder, credentials, principal }: AzSession,
  { command, environment }: Start,
): Promise<void> {
  const profile = join(folder.file("az"), principal.name);
  const { endpoint, tenantId } = credentials;
  const { clientId, clientSecret } = principal;
  const made = createHash("sha256")
    .update([endpoint, tenantId, clientId, clientSecret].join(" "))
    .digest("hex");
  const note = join(profile, "made-for");
  if ((await readFile(note, "utf8").catch(() => "")) === made) return;
  await rm(profile, { recursive: true, force: true });
  await mkdir(profile, { recursive: true, mode: 0o700 });
  // From a file, because every user of the machine sees a program's arguments.
  const secret = join(profile, "secret");
  await writeFile(secret, clientSecret, { mode: 0o600 });
  try {
    // With "=", because a secret may begin with "-".
    const login = ["login", "--service-principal", "-u", clientId, `--password=@${secret}`];
    for (const words of [
      ["cloud", "register", "-n", CLOUD, "--endpoint-resource-manager", endpoint],
      ["cloud", "set", "-n", CLOUD],
      [...login, "--tenant", tenantId],
    ]) {
      const shown = [...words, "--output", "none", "--only-show-errors"];
      const code = await run([...command, ...shown], environment, "errors");
      if (code !== 0) throw new Error(`'az ${words[0]}' failed with ${code}; its words are above.`);
    }
  } finally {
    await rm(secret, { force: true });
  }
  await writeWhole(note, made, 0o600);
}

function run(
  [program = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  output: "inherit" | "errors",
): Promise<number> {
  const stdio = output === "inherit" ? "inherit" : (["ignore", "ignore", "inherit"] as const);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: stdio === "inherit" ? stdio : [...stdio] });
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}
