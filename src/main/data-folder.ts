/**
 * The data folder: the store, the key that seals secrets, the credentials, and the lab's name. One
 * server at a time holds it, by a lock that the operating system drops when the process dies.
 */
import { existsSync } from "node:fs";
import { access, chmod, constants, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type Random, uuid } from "../base/random.ts";
import { UsageError } from "../cli/usage-error.ts";
import { explainStorage } from "../store/storage-error.ts";

export type Credentials = {
  readonly endpoint: string;
  readonly tenantId: string;
  readonly principals: readonly Principal[];
};

export type Principal = {
  readonly name: "operator" | "customer" | "provider";
  readonly clientId: string;
  readonly clientSecret: string;
  readonly subscriptionId: string;
};

/** Principals whose secrets are not at hand. */
export type KnownPrincipals = {
  readonly tenantId: string;
  readonly principals: readonly Omit<Principal, "clientSecret">[];
};

/** What a running server says of itself, for `status`, `stop` and `exec`. */
export type ServerNote = {
  readonly pid: number;
  readonly endpoint: string;
  readonly nodes: "linux" | "simulated";
  readonly lab: string;
};

export class DataFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  file(
    name:
      | "store.sqlite"
      | "fabric.yaml"
      | "server.log"
      | "server.json"
      | "credentials.json"
      | "lock.sqlite"
      | "seal.key"
      | "az"
      | "ca-bundle.pem"
      | "ca.pem"
      | "ca.key"
      | "server.pem"
      | "server.key"
      | "lab",
  ): string {
    return join(this.path, name);
  }

  async ensure(): Promise<void> {
    try {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      await access(this.path, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      const why = unusable[(error as NodeJS.ErrnoException).code ?? ""];
      if (why === undefined) throw error;
      throw new UsageError(`The data folder ${this.path} cannot be used: ${why}`);
    }
  }

  /** The returned handle keeps the lock; it ends with the process at the latest. */
  async lock(): Promise<Disposable> {
    const database = new DatabaseSync(this.file("lock.sqlite"));
    try {
      database.exec(
        "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (x); COMMIT; BEGIN EXCLUSIVE;",
      );
    } catch (cause) {
      database.close();
      if (!String(cause).includes("locked")) throw explainStorage(cause);
      const note = await this.readNote();
      const who =
        note === undefined ? "another process" : `process ${note.pid} at ${note.endpoint}`;
      throw new UsageError(
        `The data folder ${this.path} is in use by ${who}. Stop it with 'causeway stop --data ${this.path}', or give this one a folder of its own with --data.`,
      );
    }
    return { [Symbol.dispose]: () => database.close() };
  }

  /** Whether a server holds the folder now. */
  async held(): Promise<boolean> {
    if (!existsSync(this.file("lock.sqlite"))) return false;
    try {
      (await this.lock())[Symbol.dispose]();
      return false;
    } catch (error) {
      if (error instanceof UsageError) return true;
      throw error;
    }
  }

  async readNote(): Promise<ServerNote | undefined> {
    return readJson<ServerNote>(this.file("server.json"));
  }

  async writeNote(note: ServerNote): Promise<void> {
    await writeWhole(this.file("server.json"), `${JSON.stringify(note)}\n`, 0o600);
  }

  async readCredentials(): Promise<Credentials | undefined> {
    return readJson<Credentials>(this.file("credentials.json"));
  }

  /** Makes the principals on the first start and keeps them; the endpoint follows the server. */
  async ensureCredentials(
    endpoint: string,
    random: Random,
    known?: KnownPrincipals,
  ): Promise<Credentials> {
    const kept = await this.readCredentials();
    const made = kept ?? {
      endpoint,
      tenantId: known?.tenantId ?? uuid(random),
      principals: (["operator", "customer", "provider"] as const).map((name) => ({
        ...newPrincipal(name, random),
        ...known?.principals.find((one) => one.name === name),
      })),
    };
    const credentials = { ...made, endpoint };
    await writeWhole(
      this.file("credentials.json"),
      `${JSON.stringify(credentials, null, 2)}\n`,
      0o600,
    );
    return credentials;
  }

  async ensureSealKey(random: Random): Promise<Uint8Array> {
    const file = this.file("seal.key");
    if (!existsSync(file))
      await writeWhole(file, Buffer.from(random.bytes(32)).toString("base64url"), 0o600);
    return Buffer.from((await readFile(file, "utf8")).trim(), "base64url");
  }

  /** A short name that this folder's namespaces carry on the machine. */
  async ensureLab(random: Random): Promise<string> {
    const file = this.file("lab");
    if (!existsSync(file))
      await writeWhole(file, Buffer.from(random.bytes(3)).toString("hex"), 0o600);
    return (await readFile(file, "utf8")).trim();
  }

  async readLab(): Promise<string | undefined> {
    return existsSync(this.file("lab"))
      ? (await readFile(this.file("lab"), "utf8")).trim()
      : undefined;
  }
}

const unusable: Readonly<Record<string, string>> = {
  EACCES: "this user may not write there. Give it permission, or name another folder with --data.",
  EPERM: "this user may not write there. Give it permission, or name another folder with --data.",
  EROFS: "it lies on a read-only file system. Name another folder with --data.",
  ENOSPC: "the disk is full. Make room, or name another folder with --data.",
  EEXIST: "there is a file of that name. Name another folder with --data.",
  ENOTDIR: "a part of the path is a file. Name another folder with --data.",
};

function newPrincipal(name: Principal["name"], random: Random): Principal {
  return {
    name,
    clientId: uuid(random),
    clientSecret: Buffer.from(random.bytes(32)).toString("base64url"),
    subscriptionId: uuid(random),
  };
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whole or not at all: a crash between the two lines leaves the old file. */
export async function writeWhole(file: string, text: string, mode: number): Promise<void> {
  await writeFile(`${file}.new`, text, { mode });
  await chmod(`${file}.new`, mode);
  await rename(`${file}.new`, file);
}
