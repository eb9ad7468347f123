/**
 * Where the parts of a lab are on this machine. Everything is found again by name alone, so a server
 * that was killed finds its lab when it starts (I8).
 */
const stateRoot = "/run/causeway";
const pinRoot = "/sys/fs/bpf/causeway";

/** `nsenter` reaches into a node, and a second one into a VRF of it. */
export type NodePaths = {
  readonly lab: string;
  readonly node: string;
  /** The node's own network namespace, as `ip netns list` shows it. */
  readonly namespace: string;
  readonly net: string;
  readonly mount: string;
  readonly directory: string;
  readonly frr: string;
  /** The node's `/run/netns`: its names are read here, its namespaces can be entered only from inside. */
  readonly vrfs: string;
  readonly pins: string;
};

export function nodePaths(lab: string, node: string): NodePaths {
  const directory = `${labDirectory(lab)}/${node}`;
  const namespace = namespaceOf(lab, node);
  return {
    lab,
    node,
    namespace,
    net: `/run/netns/${namespace}`,
    mount: `${directory}/mount`,
    directory,
    frr: `${directory}/frr`,
    vrfs: `${directory}/netns`,
    pins: `${labPins(lab)}/${node}`,
  };
}

export function namespaceOf(lab: string, node: string): string {
  return `cw-${lab}-${node}`;
}

export function labDirectory(lab: string): string {
  return `${stateRoot}/${lab}`;
}

export function labPins(lab: string): string {
  return `${pinRoot}/${lab}`;
}

export function checkLabName(lab: string): void {
  if (!/^[a-z0-9]{1,12}$/.test(lab)) {
    throw new RangeError(`The lab name ${lab} cannot be used: it must be 1 to 12 of a-z and 0-9.`);
  }
}

/**
 * The argument vector that runs `argv` in a node, or in one namespace of it. Not through `ip -n`, which
 * copies all mounts of the node for every command: twenty times slower with hundreds of VRFs.
 */
export function argvAt(
  paths: NodePaths,
  namespace: string,
  argv: readonly string[],
): [string, ...string[]] {
  const enter: [string, ...string[]] = ["nsenter", `--mount=${paths.mount}`, `--net=${paths.net}`];
  if (namespace === "default") return [...enter, ...argv];
  return [...enter, "nsenter", `--net=/run/netns/${namespace}`, ...argv];
}

/** Such a vector taken apart again, for who enters the place without `nsenter`; undefined for any other. */
export function insideOf(
  argv: readonly string[],
): { mount: string; net: string; namespace: string; argv: [string, ...string[]] } | undefined {
  const [mount, net] = [after(argv[1], "--mount="), after(argv[2], "--net=")];
  if (argv[0] !== "nsenter" || mount === undefined || net === undefined) return undefined;
  const namespace = argv[3] === "nsenter" ? after(argv[4], "--net=/run/netns/") : undefined;
  const [program, ...rest] = argv.slice(namespace === undefined ? 3 : 5);
  if (program === undefined) return undefined;
  return { mount, net, namespace: namespace ?? "default", argv: [program, ...rest] };
}

function after(word: string | undefined, start: string): string | undefined {
  return word?.startsWith(start) ? word.slice(start.length) : undefined;
}

export function ipAt(
  paths: NodePaths,
  namespace: string,
  argv: readonly string[],
): [string, ...string[]] {
  return argvAt(paths, namespace, ["ip", ...argv]);
}
