/**
 * Kernel settings of every namespace, whether node or VRF. IPv6 duplicate address detection is off:
 * both ends of a link are ours to number, and a session must not wait for it. Sources are checked by
 * the datapath (RFC 3704 §2.4). RFC 7690 and RFC 2992 (hash of the flow), RFC 5837 not needed.
 */
const settings: Readonly<Record<string, string>> = {
  "net.ipv4.ip_forward": "1",
  "net.ipv6.conf.all.forwarding": "1",
  "net.ipv6.conf.default.forwarding": "1",
  "net.ipv4.fib_multipath_hash_policy": "1",
  "net.ipv6.fib_multipath_hash_policy": "1",
  "net.ipv4.conf.all.rp_filter": "0",
  "net.ipv4.conf.default.rp_filter": "0",
  "net.ipv4.conf.all.ignore_routes_with_linkdown": "1",
  "net.ipv4.conf.default.ignore_routes_with_linkdown": "1",
  "net.ipv6.conf.all.ignore_routes_with_linkdown": "1",
  "net.ipv6.conf.default.ignore_routes_with_linkdown": "1",
  "net.ipv4.conf.all.arp_ignore": "1",
  "net.ipv4.conf.default.arp_ignore": "1",
  "net.ipv4.conf.all.arp_announce": "2",
  "net.ipv4.conf.default.arp_announce": "2",
  // A segment is Ethernet: its frames are no business of IP filters, which would put fragments together.
  "net.bridge.bridge-nf-call-iptables": "0",
  "net.bridge.bridge-nf-call-ip6tables": "0",
  "net.bridge.bridge-nf-call-arptables": "0",
  "net.ipv6.conf.all.accept_ra": "0",
  "net.ipv6.conf.default.accept_ra": "0",
  "net.ipv6.conf.all.accept_dad": "0",
  "net.ipv6.conf.default.accept_dad": "0",
  "net.ipv6.conf.all.keep_addr_on_down": "1",
  "net.ipv6.conf.default.keep_addr_on_down": "1",
};

export const hostSettings: readonly string[] = Object.entries(settings).map(
  ([name, value]) => `${name}=${value}`,
);
