/**
 * The operator's store of secrets: a file that says what a key vault's identifiers stand for, subscription by
 * subscription. It is read anew whenever a secret is asked for, so that a new version needs no restart.
 */
import { readFile, stat } from "node:fs/promises";
import { z } from "zod";
import type { Log } from "../base/log.ts";
import { UsageError } from "../cli/usage-error.ts";
import type { SecretSource } from "../domain/resource.ts";

const SecretFile = z.strictObject({
  secrets: z.array(
    z.strictObject({
      subscriptionId: z.string(),
      /** `https://VAULT/secrets/NAME`, with or without `/VERSION`; asked for as it stands here. */
      identifier: z.string(),
      value: z.string(),
    }),
  ),
});

type Entry = z.infer<typeof SecretFile>["secrets"][number];

/** Throws where the file cannot be used at all; what it becomes later is told in the log. */
export async function openSecretFile(path: string, log: Log): Promise<SecretSource> {
  await readSecrets(path).catch((error: unknown) => {
    throw new UsageError(reasonOf(path, error));
  });
  return {
    async read(subscriptionId, identifier) {
      try {
        const wanted = nameOf({ subscriptionId, identifier });
        return (await readSecrets(path)).find((entry) => nameOf(entry) === wanted)?.value;
      } catch (error) {
        log("error", "secrets cannot be read", { reason: reasonOf(path, error) });
        return undefined;
      }
    },
  };
}

async function readSecrets(path: string): Promise<readonly Entry[]> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) throw new Error("others may read it; chmod it to 600");
  const text = await readFile(path, "utf8");
  const { secrets } = SecretFile.parse(parsed(text));
  const names = secrets.map(nameOf);
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twice !== -1) throw new Error(`secrets[${twice}] stands there already`);
  return secrets;
}

/** What a parser complains of quotes the text, and the text is secrets. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("it is no JSON");
  }
}

/** Names of hosts and ids of subscriptions have no case. */
function nameOf({ subscriptionId, identifier }: Omit<Entry, "value">): string {
  const url = URL.canParse(identifier) ? new URL(identifier).href : identifier;
  return `${subscriptionId.toLowerCase()} ${url.replace(/\/$/, "")}`;
}

function reasonOf(path: string, error: unknown): string {
  const why =
    error instanceof z.ZodError
      ? error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")
      : error instanceof Error
        ? error.message
        : String(error);
  return `The secret file ${path} cannot be used: ${why}.`;
}
