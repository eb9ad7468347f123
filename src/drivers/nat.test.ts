import { expect, test } from "vitest";
import type { VrfFragment } from "../fabric/intent.ts";
import { intendedNat } from "./nat.ts";

const vrf = (changes: Partial<VrfFragment> = {}): VrfFragment => ({
  ...{ kind: "vrf", key: "site", name: "default", interfaces: [], routes: [] },
  nat: [
    {
      interface: "m1-1a2b3c4d",
      addresses: ["198.18.16.1", "2001:db8:16::1"],
      except: ["198.18.0.0/30", "2001:db8:16::/48"],
    },
  ],
  ...changes,
});

test("what leaves by the link is translated, but for the link's own and the pool's addresses", () => {
  const table = intendedNat([vrf()]).get("default");
  expect(table?.lines.replaceAll(table.name, "NAME")).toMatchInlineSnapshot(`
    "table inet NAME {
    chain leaving {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "m1-1a2b3c4d" ip saddr 198.18.0.0/30 return
    oifname "m1-1a2b3c4d" ip6 saddr 2001:db8:16::/48 return
    oifname "m1-1a2b3c4d" meta nfproto ipv4 snat ip to 198.18.16.1
    oifname "m1-1a2b3c4d" meta nfproto ipv6 snat ip6 to 2001:db8:16::1
    }
    }
    "
  `);
});

test("a table that says something else has another name, and who translates nothing has none", () => {
  const name = (fragment: VrfFragment) => intendedNat([fragment]).get("default")?.name;
  const other = vrf({ nat: [{ interface: "m2", addresses: ["198.18.16.1"], except: [] }] });
  expect(name(vrf())).toBe(name(vrf({ key: "another" })));
  expect(name(other)).not.toBe(name(vrf()));
  const { nat: _, ...plain } = vrf();
  expect(intendedNat([plain]).size).toBe(0);
});
