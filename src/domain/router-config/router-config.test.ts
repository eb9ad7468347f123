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
