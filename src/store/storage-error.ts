/** The disk under the store failed: nothing of the write was kept. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly code: "StorageFull" | "StorageReadOnly" | "StorageFailed";

  constructor(code: StorageError["code"], message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** SQLite's primary result codes, https://www.sqlite.org/rescode.html. */
const remedies: Readonly<Record<number, readonly [StorageError["code"], string]>> = {
  8: ["StorageReadOnly", "The data folder cannot be written: give this user write permission."],
  10: ["StorageFailed", "The disk under the data folder fails: look at the system's log."],
  11: ["StorageFailed", "The database is damaged: restore it from a copy."],
  13: ["StorageFull", "The disk is full, nothing was kept: make room, then repeat the request."],
  14: [
    "StorageReadOnly",
    "The database cannot be opened: the data folder must exist and be writable.",
  ],
  26: ["StorageFailed", "The file is no database of Causeway: name another data folder."],
};

/** What SQLite threw, in words that say what to do; anything else as it is. */
export function explainStorage(error: unknown): unknown {
  if (!(error instanceof Error) || !("errcode" in error)) return error;
  const remedy = remedies[Number(error.errcode) & 0xff];
  return remedy === undefined ? error : new StorageError(remedy[0], remedy[1], error);
}
