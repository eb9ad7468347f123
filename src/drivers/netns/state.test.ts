import { expect, test } from "vitest";
import { parseNamespace, parseNamespaces } from "./state.ts";

const link = (name: string) =>
  `[{"ifindex":2,"ifname":"${name}","flags":["UP","LOWER_UP"],"mtu":1500,"address":"02:00:00:00:00:01","addr_info":[{"family":"inet","local":"10.0.0.1","prefixlen":24,"scope":"global"}]}]`;
const routes = `[{"dst":"10.1.0.0/16","gateway":"10.0.0.2","dev":"a","flags":[]}]`;

test("namespaces read one after the other are told apart, also where they have nothing", () => {
  const one = `${link("a")}\n${routes}\n[]\n[]\n`;
  const other = `${link("b")}\n[]\n[]\n[]\n`;
  const both = parseNamespaces(one + other);
  expect(both).toEqual([parseNamespace(one), parseNamespace(other)]);
  expect(both.map(({ links }) => [...links.keys()])).toEqual([["a"], ["b"]]);
  expect(both.map((each) => each.routes.size)).toEqual([1, 0]);
});
