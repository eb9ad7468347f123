import { expect, test } from "vitest";
import type { RouterConfigRequest } from "./request.ts";
import { routerTemplates } from "./templates.ts";

const request: RouterConfigRequest = {
  asn: 65010,
  cloudAsn: 12076,
  routerId: "192.168.1.1",
  networks: ["10.10.0.0/16", "fd10:10::/48"],
  links: (["primary", "secondary"] as const).map((side, i) => ({
    side,
    circuit: "1a2b3c4d-0000-4000-8000-000000000000",
    port: `wan${i + 1}`,
    interface: `p${i + 1}-1a2b3c4d`,
    tags: [7, 100],
    mtu: 1500,
    families: [
      { family: "ipv4", local: `192.168.1.${1 + 4 * i}/30`, remote: `192.168.1.${2 + 4 * i}` },
      { family: "ipv6", local: `fd00::${1 + 4 * i}/126`, remote: `fd00::${2 + 4 * i}` },
    ],
    bfd: { intervalMs: 300, multiplier: 3 },
    isTtlSecure: false,
    isCustomer: false,
    ...(i === 0 ? { password: "abc123" } : {}),
  })),
};

test.each(routerTemplates.map((template) => [template.name, template] as const))(
  "%s configures both links, both families and both tags",
  (_name, template) => {
    const text = template.render(request);
    expect(text).toMatchSnapshot();
    for (const remote of ["192.168.1.2", "192.168.1.6", "fd00::2", "fd00::6"])
      expect(text).toContain(remote);
    expect(text).toContain("abc123");
  },
);

test("a router does its part of what the peering's options ask of both ends", () => {
  const bfd = { intervalMs: 100, multiplier: 5 };
  const asked = {
    ...request,
    links: request.links.map((link) => ({ ...link, bfd, isTtlSecure: true, isCustomer: true })),
  };
  const [ios, frr, junos] = ["cisco-ios-xe", "frr", "juniper-junos"].map((name) =>
    routerTemplates.find((template) => template.name === name)?.render(asked),
  );
  expect(frr).toContain(
    "bfd\n profile cloud-100-5\n  detect-multiplier 5\n  transmit-interval 100\n  receive-interval 100\n exit\nexit",
  );
  for (const words of ["bfd profile cloud-100-5", "ttl-security hops 1", "local-role customer"])
    expect(frr).toContain(` neighbor 192.168.1.2 ${words}`);
  expect(ios).toContain(" bfd interval 100 min_rx 100 multiplier 5");
  expect(ios).toContain("neighbor 192.168.1.2 ttl-security hops 1");
  expect(junos).toContain("neighbor fd00::2 bfd-liveness-detection minimum-interval 100");
  const large = { ...request, links: request.links.map((link) => ({ ...link, mtu: 9_000 })) };
  const texts = routerTemplates.map(({ name, render }) => [name, render(large)] as const);
  expect(new Map(texts).get("cisco-ios-xe")).toContain(" ip mtu 9000\n ipv6 mtu 9000");
  expect(new Map(texts).get("juniper-junos")).toContain(" family inet6 mtu 9000");
  const without = { ...request, links: request.links.map((link) => ({ ...link, bfd: undefined })) };
  for (const { render } of routerTemplates) expect(render(without)).not.toContain("bfd");
});

const publicLinks = request.links.map((link, i) => ({
  ...link,
  interface: `m${i + 1}-1a2b3c4d`,
  tags: [7, 200],
  asn: 64410,
  networks: [`198.18.${32 + i}.0/24`, "2001:db8:16::/48"],
  families: [
    { family: "ipv4" as const, local: `198.18.0.${1 + 4 * i}/30`, remote: `198.18.0.${2 + 4 * i}` },
    {
      family: "ipv6" as const,
      local: `2001:db8::${1 + 4 * i}/126`,
      remote: `2001:db8::${2 + 4 * i}`,
    },
  ],
}));

test.each(routerTemplates.map((template) => [template.name, template] as const))(
  "%s configures the public peering beside the private one, each link with its pool",
  (_name, template) => {
    const text = template.render({ ...request, publicPart: { links: publicLinks } });
    expect(text).toMatchSnapshot();
    for (const word of ["198.18.0.2", "2001:db8::6", "198.18.33.0/24", "64410", "192.168.1.2"])
      expect(text).toContain(word);
    expect(template.render({ ...request, publicPart: { links: [] } })).toBe(
      template.render(request),
    );
  },
);
