/** The calls of the C library that Node has no word for. Linux alone; what they do stands in section 2 and 3 of its manual. */
import { getSystemErrorName } from "node:util";
import { DataType, define, open } from "ffi-rs";

const library = "libc";
const { I32, I64, String: Text, U8Array: Bytes } = DataType;

type CLibrary = ReturnType<typeof load>;
let loaded: CLibrary | undefined;

export function cLibrary(): CLibrary {
  loaded ??= load();
  return loaded;
}

/** An address is a number here: those of a program stay below 2^47. */
function load() {
  // The empty path is the process itself, which has its C library with it.
  open({ library, path: "" });
  const call = <Types extends readonly DataType[]>(...paramsType: Types) => ({
    ...{ library, retType: I32, paramsType, errno: true as const },
  });
  return define({
    setns: call(I32, I32),
    unshare: call(I32),
    socket: call(I32, I32, I32),
    ioctl: call(I32, I64, Bytes),
    setsockopt: call(I32, I32, I32, Bytes, I32),
    memfd_create: call(Text, I32),
    waitpid: call(I32, Bytes, I32),
    malloc: { library, retType: I64, paramsType: [I64] },
    syscall: { library, retType: I64, paramsType: [I64, I64, Bytes, I64], errno: true },
    memcpy: { library, retType: I64, paramsType: [I64, Bytes, I64] },
    // The same the other way: out of an address.
    memmove: { library, retType: I64, paramsType: [Bytes, I64, I64] },
    // These answer with the number of the error.
    posix_spawnp: { library, retType: I32, paramsType: [Bytes, I64, I64, I64, I64, I64] },
    posix_spawn_file_actions_init: { library, retType: I32, paramsType: [I64] },
    posix_spawn_file_actions_adddup2: { library, retType: I32, paramsType: [I64, I32, I32] },
    posix_spawn_file_actions_destroy: { library, retType: I32, paramsType: [I64] },
    posix_spawnattr_init: { library, retType: I32, paramsType: [I64] },
    posix_spawnattr_setflags: { library, retType: I32, paramsType: [I64, I32] },
    posix_spawnattr_setsigdefault: { library, retType: I32, paramsType: [I64, I64] },
    sigfillset: { library, retType: I32, paramsType: [I64] },
  });
}

/** What a call gave, or its error. */
export function checked(call: string, answer: unknown): number {
  const { value, errnoCode } = answer as { value: number; errnoCode: number };
  if (value < 0) throw systemError(call, errnoCode);
  return value;
}

export function systemError(call: string, errno: number): Error & { code: string } {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${call}: ${code}`), { code });
}
