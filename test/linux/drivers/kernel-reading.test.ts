/** What rtnetlink says of a namespace, against what `ip` made there. */
import { expect, test } from "vitest";
import { CommandError, kernelReader, run } from "../../../src/drivers/run.ts";

const name = "cwtest-reading";
const place = { net: `/run/netns/${name}`, mount: "/proc/self/ns/mnt" };

async function ip(lines: readonly string[], words: readonly string[] = []): Promise<void> {
  const input = lines.map((line) => `${line}\n`).join("");
  await run({ argv: ["ip", ...words, "-batch", "-"], input, why: "make a namespace to read" });
}

async function made(): Promise<AsyncDisposable> {
  await ip([`netns add ${name}`]);
  const lines = [
    "link set dev lo up",
    "link add dev eth0 index 70 type veth peer name eth1 index 71",
    "link add dev br0 type bridge",
    "link set dev eth1 master br0 alias segment",
    "link set dev eth0 address 02:00:00:00:00:01 mtu 1400 up",
    "link set dev eth1 up",
    "addr add 10.0.0.1/24 dev eth0",
    "addr add fd00::1/64 dev eth0 nodad",
    "link add dev vx4 type vxlan id 77 local 10.0.0.1 remote 10.0.0.9 dstport 4789",
    "link add dev vx6 type vxlan id 78 local fd00::1 remote fd00::9 dstport 4790",
    "link add link eth0 name mv0 type macvlan mode private",
    "route add 10.1.0.0/16 proto static nexthop via 10.0.0.3 nexthop via 10.0.0.2",
    "route add 10.2.0.0/16 via 10.0.0.2",
    "route add unreachable 10.3.0.0/16 proto static",
    "route add 10.4.0.0/16 via inet6 fd00::2 proto static dev eth0",
    "route add default via fd00::2 proto static metric 4261412865",
    "route add fd05::/48 proto static nexthop via fd00::2 nexthop via fd00::3",
    "route add 10.6.0.0/16 via 10.0.0.2 proto bgp",
    "route add 10.7.0.0/16 via 10.0.0.2 proto static table 7",
    "neigh add 10.0.0.2 lladdr 02:00:00:00:00:07 dev eth0",
  ];
  await ip(lines, ["-n", name]);
  return { [Symbol.asyncDispose]: () => ip([`netns delete ${name}`]) };
}

test("links, addresses, static routes and neighbors of a namespace are read as they are", async () => {
  await using _ = await made();
  const [reading] = await kernelReader().read("namespaces", { ...place, namespaces: ["default"] });
  if (reading === undefined || "error" in reading) throw new Error(reading?.error);
  const { links, routes, neighbors } = reading.state;
  expect([...links.keys()].sort()).toEqual(["br0", "eth0", "eth1", "lo", "mv0", "vx4", "vx6"]);
  expect(links.get("eth0")).toEqual({
    ...{ name: "eth0", ifindex: 70, kind: "veth", mac: "02:00:00:00:00:01", mtu: 1400 },
    ...{ up: true, carrier: true, addresses: ["10.0.0.1/24", "fd00::1/64"] },
  });
  expect(links.get("eth1")).toMatchObject({ alias: "segment", master: "br0", ifindex: 71 });
  expect(links.get("mv0")).toMatchObject({ kind: "macvlan", up: false, carrier: false });
  expect(links.get("vx4")?.vxlan).toEqual({ vni: 77, local: "10.0.0.1", remote: "10.0.0.9" });
  expect(links.get("vx6")?.vxlan).toEqual({ vni: 78, local: "fd00::1", remote: "fd00::9" });
  // One that was made by hand does what the kernel's own would.
  expect([links.get("vx4")?.merges, links.get("eth0")?.merges]).toEqual([true, undefined]);
  expect([...routes.values()].sort((one, other) => (one.prefix < other.prefix ? -1 : 1))).toEqual([
    { prefix: "10.1.0.0/16", via: ["10.0.0.2", "10.0.0.3"] },
    { prefix: "10.2.0.0/16", via: ["10.0.0.2"], byHand: true },
    { prefix: "10.3.0.0/16", via: [], unreachable: true },
    { prefix: "10.4.0.0/16", via: ["fd00::2"] },
    { prefix: "::/0", via: ["fd00::2"], lastResort: true },
    { prefix: "fd05::/48", via: ["fd00::2", "fd00::3"] },
  ]);
  expect(neighbors).toContainEqual({
    ...{ interface: "eth0", address: "10.0.0.2", mac: "02:00:00:00:00:07" },
  });
});

test("a tunnel that is told so no longer merges what it received", async () => {
  await using _ = await made();
  const door = { ...place, namespaces: ["default"] };
  await kernelReader().hook([{ device: "vx4", attach: [], detach: [], unmerged: true }], door);
  const [reading] = await kernelReader().read("namespaces", door);
  if (reading === undefined || "error" in reading) throw new Error(reading?.error);
  const { links } = reading.state;
  expect([links.get("vx4")?.merges, links.get("vx6")?.merges]).toEqual([false, true]);
});

test("a namespace that is not there is told of, and those beside it are read", async () => {
  await using _ = await made();
  const namespaces = ["default", "no-such-vrf", name];
  const readings = await kernelReader().read("lights", { ...place, namespaces });
  expect(readings.map((reading) => "state" in reading)).toEqual([true, false, true]);
  expect(readings[1]).toMatchObject({ error: expect.stringContaining("ENOENT") });
  const ending = await run({ argv: ["ip", "netns", "identify"], why: "see where programs start" });
  if (ending.trim() !== "") throw new CommandError(`programs start in ${ending}`);
});
