/**
 * Where the parts of a lab are on this machine. Everything is found again by name alone, so a server
 * that was killed finds its lab when it starts (I8).
 */
const stateRoot = "/run/causeway";
const pinRoot = "/sys/fs/bpf/causeway";

/** `nsenter` reaches into a node; a VRF is one `ip netns exec` further. */
export type NodePaths = {
  readonly lab: string;
  readonly node: string;
  /** The node's own network namespace, as `ip netns list` shows it. */
  readonly namespace: string;
  readonly net: string;
  readonly mount: string;
  readonly directory: string;
  readonly frr: string;
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

/** The argument vector that runs `argv` in a node, or in one VRF of it. */
export function argvAt(
  paths: NodePaths,
  vrf: string,
  argv: readonly [string, ...string[]],
): [string, ...string[]] {
  const enter: [string, ...string[]] = ["nsenter", `--mount=${paths.mount}`, `--net=${paths.net}`];
  return vrf === "default" ? [...enter, ...argv] : [...enter, "ip", "netns", "exec", vrf, ...argv];
}

/** `ip` in a VRF without a second program between. */
export function ipAt(
  paths: NodePaths,
  vrf: string,
  argv: readonly string[],
): [string, ...string[]] {
  const there = vrf === "default" ? [] : ["-n", vrf];
  return argvAt(paths, "default", ["ip", ...there, ...argv]);
}
