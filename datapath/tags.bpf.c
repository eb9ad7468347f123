// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0)
/*
 * The hand-off: which frames of a port belong to which subinterface or cross-connect, how fast they may
 * go, and how many there were. Runs at clsact of a port (or of a cross-connect's VXLAN device).
 *
 * A subinterface is a private macvlan on the port, in its VRF's namespace. At ingress the tags decide,
 * never the MAC: a multicast frame is readdressed to the subinterface of its tags and a unicast frame
 * must carry that subinterface's address already. So a frame cannot reach a VRF whose tags it does not
 * carry. At egress the source address says which subinterface a frame comes from, hence its tags.
 *
 * IEEE 802.1Q-2022 clause 9 (tags; both carry 0x8100), RFC 2697 in spirit (one rate, one bucket).
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ANY 0xffff
#define NANOSECONDS 1000000000ULL
/* Says to the egress program that the frame crossed here and has its tags already. */
#define CROSSED 0x43570001

enum kind { TO_SUBINTERFACE = 1, TO_PORT = 2, TO_CROSS_CONNECT = 3 };
enum direction { IN = 0, OUT = 1 };

/* outer 0: untagged; inner 0: no second tag; ANY in inner: whatever follows; ANY in both: the whole port. */
struct tags_key {
	__u32 ifindex;
	__u16 outer;
	__u16 inner;
};

struct entry {
	__u32 kind;
	__u32 redirect; /* cross-connect: the other end's device */
	__u32 meter;	/* 0: not counted */
	__u32 direction;
	__u16 push; /* cross-connect: the other end's outer tag, 0 for none */
	__u8 mac[6];
};

struct exit_key {
	__u32 ifindex;
	__u8 mac[6];
	__u8 zero[2];
};

struct exit_tags {
	__u32 meter;
	__u16 outer;
	__u16 inner;
};

struct meter_key {
	__u32 meter;
	__u32 direction;
};

struct rate {
	__u64 bytes_per_second;
	__u64 burst_bytes;
};

struct meter {
	struct bpf_spin_lock lock;
	__u32 started;
	__u64 refilled_ns;
	__s64 tokens;
	__u64 packets;
	__u64 bytes;
	__u64 dropped_packets;
	__u64 dropped_bytes;
};

#define HASH(map_name, key_type, value_type, entries)                                              \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(max_entries, entries);                                                      \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__type(key, key_type);                                                             \
		__type(value, value_type);                                                         \
	} map_name SEC(".maps")

HASH(entries, struct tags_key, struct entry, 65536);
HASH(exits, struct exit_key, struct exit_tags, 65536);
HASH(rates, struct meter_key, struct rate, 65536);
HASH(meters, struct meter_key, struct meter, 65536);
/* Frames without an entry, per port. */
HASH(unknown, __u32, __u64, 4096);

/* What one segment of a super-packet repeats: network and transport header. */
static __always_inline __u32 repeated_header(struct __sk_buff *skb, __u32 offset, __u16 protocol)
{
	__u8 first = 0, doff = 0, next = 0;
	__u32 network = 40;

	if (protocol == bpf_htons(ETH_P_IP)) {
		bpf_skb_load_bytes(skb, offset, &first, 1);
		bpf_skb_load_bytes(skb, offset + 9, &next, 1);
		network = (first & 0x0f) * 4;
	} else if (protocol == bpf_htons(ETH_P_IPV6)) {
		bpf_skb_load_bytes(skb, offset + 6, &next, 1);
	} else {
		return 0;
	}
	if (next != IPPROTO_TCP)
		return network + 8;
	bpf_skb_load_bytes(skb, offset + network + 12, &doff, 1);
	return network + (doff >> 4) * 4;
}

/* The head of a frame. The outer tag, if any, is in the metadata; a second one is here. */
struct head {
	__u8 destination[6];
	__u8 source[6];
	__u16 protocol;
	__u16 inner_tag;
	__u16 inner_protocol;
};

/* Even the shortest frame has these 18 bytes: an IP header is behind the 14. */
static __always_inline int load_head(struct __sk_buff *skb, struct head *head)
{
	return bpf_skb_load_bytes(skb, 0, head, sizeof(*head));
}

/* IP bytes and frames that this buffer is on the wire, after segmentation. */
static __always_inline void wire_size(struct __sk_buff *skb, const struct head *head,
				      __u64 *packets, __u64 *bytes)
{
	__u32 offset = ETH_HLEN, segments = skb->gso_segs;
	__u16 protocol = head->protocol;

	if (protocol == bpf_htons(ETH_P_8021Q)) {
		protocol = head->inner_protocol;
		offset += 4;
	}
	*packets = 1;
	*bytes = skb->len > offset ? skb->len - offset : 0;
	if (!skb->gso_size)
		return;

	__u32 header = repeated_header(skb, offset, protocol);
	if (!segments && *bytes > header)
		segments = (*bytes - header + skb->gso_size - 1) / skb->gso_size;
	if (segments > 1) {
		*packets = segments;
		*bytes += (__u64)(segments - 1) * header;
	}
}

/* Counts the frame and takes its bytes from the bucket. False: over the rate, to be dropped. */
static __always_inline int admit(struct __sk_buff *skb, const struct head *head, __u32 name,
				 __u32 direction)
{
	struct meter_key key = { .meter = name, .direction = direction };
	__u64 packets, bytes, now;
	int admitted = 1;

	if (!name)
		return 1;
	struct meter *meter = bpf_map_lookup_elem(&meters, &key);
	if (!meter)
		return 1;
	struct rate *rate = bpf_map_lookup_elem(&rates, &key);
	__u64 per_second = rate ? rate->bytes_per_second : 0;
	__u64 burst = rate ? rate->burst_bytes : 0;
	wire_size(skb, head, &packets, &bytes);
	now = per_second ? bpf_ktime_get_ns() : 0;

	bpf_spin_lock(&meter->lock);
	if (per_second) {
		__u64 elapsed = now > meter->refilled_ns ? now - meter->refilled_ns : 0;
		if (!meter->started || elapsed > NANOSECONDS) {
			meter->started = 1;
			meter->tokens = burst;
			meter->refilled_ns = now;
		} else {
			__u64 earned = elapsed * per_second / NANOSECONDS;
			/* Time is spent only with the whole bytes it bought, so nothing is lost to rounding. */
			if (earned) {
				meter->tokens += earned;
				meter->refilled_ns += earned * NANOSECONDS / per_second;
			}
			if (meter->tokens > (__s64)burst) {
				meter->tokens = burst;
				meter->refilled_ns = now;
			}
		}
		/* A bucket may go into debt by one buffer: a super-packet is admitted whole or not at
		 * all, and what it overdraws is waited for. The mean rate stays exact. */
		if (meter->tokens > 0)
			meter->tokens -= bytes;
		else
			admitted = 0;
	}
	if (admitted) {
		meter->packets += packets;
		meter->bytes += bytes;
	} else {
		meter->dropped_packets += packets;
		meter->dropped_bytes += bytes;
	}
	bpf_spin_unlock(&meter->lock);
	return admitted;
}

static __always_inline int drop_unknown(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	__u64 *count = bpf_map_lookup_elem(&unknown, &ifindex);

	if (count)
		__sync_fetch_and_add(count, skb->gso_segs > 1 ? skb->gso_segs : 1);
	return TC_ACT_SHOT;
}

static __always_inline int cross(struct __sk_buff *skb, const struct head *head,
				 struct entry *entry, __u16 outer)
{
	if (!admit(skb, head, entry->meter, entry->direction))
		return TC_ACT_SHOT;
	if (outer && bpf_skb_vlan_pop(skb))
		return TC_ACT_SHOT;
	if (entry->push && bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), entry->push))
		return TC_ACT_SHOT;
	skb->mark = CROSSED;
	return bpf_redirect(entry->redirect, 0);
}

static __always_inline int deliver(struct __sk_buff *skb, const struct head *head,
				   struct entry *entry, int tags)
{
	__u8 mac[6];

	if (!admit(skb, head, entry->meter, entry->direction))
		return TC_ACT_SHOT;
	if (tags > 0 && bpf_skb_vlan_pop(skb))
		return TC_ACT_SHOT;
	if (tags > 1 && bpf_skb_vlan_pop(skb))
		return TC_ACT_SHOT;
	if (skb->vlan_present)
		return TC_ACT_SHOT; /* one tag more than was agreed */
	/* Unicast was checked to name the subinterface; multicast is made to. */
	if (entry->kind == TO_PORT || !(head->destination[0] & 1))
		return TC_ACT_OK;
	for (int i = 0; i < 6; i++)
		mac[i] = entry->mac[i];
	if (bpf_skb_store_bytes(skb, 0, mac, 6, 0))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

SEC("tc")
int port_ingress(struct __sk_buff *skb)
{
	struct tags_key key = { .ifindex = skb->ifindex };
	struct head head;
	int tags = 0;

	skb->mark = 0;
	if (load_head(skb, &head))
		return drop_unknown(skb);
	if (skb->vlan_present) {
		if (skb->vlan_proto != bpf_htons(ETH_P_8021Q))
			return drop_unknown(skb);
		key.outer = skb->vlan_tci & 0x0fff;
		tags = 1;
		if (head.protocol == bpf_htons(ETH_P_8021Q)) {
			key.inner = bpf_ntohs(head.inner_tag) & 0x0fff;
			tags = 2;
		}
	}

	struct entry *entry = bpf_map_lookup_elem(&entries, &key);
	/* A zero tag is a priority tag (802.1Q 9.6): no circuit has it, so it names none. */
	if (entry && (!tags || key.outer) && (tags < 2 || key.inner)) {
		if (entry->kind == TO_SUBINTERFACE && !(head.destination[0] & 1)) {
			for (int i = 0; i < 6; i++)
				if (head.destination[i] != entry->mac[i])
					return drop_unknown(skb);
		}
		return deliver(skb, &head, entry, tags);
	}

	key.inner = ANY;
	entry = key.outer ? bpf_map_lookup_elem(&entries, &key) : 0;
	if (entry)
		return cross(skb, &head, entry, 1);
	key.outer = ANY;
	entry = bpf_map_lookup_elem(&entries, &key);
	if (entry)
		return cross(skb, &head, entry, 0);
	return drop_unknown(skb);
}

SEC("tc")
int port_egress(struct __sk_buff *skb)
{
	struct exit_key key = { .ifindex = skb->ifindex };
	struct head head;

	if (skb->mark == CROSSED) {
		skb->mark = 0;
		return TC_ACT_OK;
	}
	if (load_head(skb, &head))
		return TC_ACT_SHOT;
	__builtin_memcpy(key.mac, head.source, 6);
	struct exit_tags *exit = bpf_map_lookup_elem(&exits, &key);
	if (!exit)
		return TC_ACT_SHOT;
	if (!admit(skb, &head, exit->meter, OUT))
		return TC_ACT_SHOT;
	if (exit->inner && bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), exit->inner))
		return TC_ACT_SHOT;
	if (exit->outer && bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), exit->outer))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

#define AF_INET 2
#define AF_INET6 10
#define PACKET_HOST 0
#define MORE_FRAGMENTS_OR_OFFSET 0x3fff
#define PORTS 4

/* The header of `size` bytes behind the Ethernet header and the ports behind it; 0 where it is cut short. */
static __always_inline void *header_of(struct __sk_buff *skb, __u32 size)
{
	const __u32 needed = ETH_HLEN + size + PORTS;

	if (skb->data + needed > skb->data_end &&
	    (skb->len < needed || bpf_skb_pull_data(skb, needed)))
		return 0;
	void *data = (void *)(long)skb->data;
	return data + needed > (void *)(long)skb->data_end ? 0 : data + ETH_HLEN;
}

/* What the way's MTU must carry: of a super-packet each segment. */
static __always_inline __u16 largest_packet(struct __sk_buff *skb, __u32 network, __u8 protocol,
					    __u16 length)
{
	__u8 doff = 0;

	if (!skb->gso_size)
		return length;
	if (protocol != IPPROTO_TCP)
		return skb->gso_size + network + 8;
	bpf_skb_load_bytes(skb, ETH_HLEN + network + 12, &doff, 1);
	return skb->gso_size + network + (doff >> 4) * 4;
}

/* Ports choose among equal routes, as in the kernel's own hash (fib_multipath_hash_policy 1). */
static __always_inline void ports_of(struct bpf_fib_lookup *to, const __u16 *ports)
{
	if (to->l4_protocol != IPPROTO_TCP && to->l4_protocol != IPPROTO_UDP)
		return;
	to->sport = ports[0];
	to->dport = ports[1];
}

/*
 * RFC 3704 2.4 (loose): where no route leads, nothing comes from. The kernel's rp_filter would look twice
 * on every host and router of the way.
 */
static __always_inline int has_way_back(struct __sk_buff *skb, __u32 source)
{
	struct bpf_fib_lookup back = { .family = AF_INET, .ifindex = skb->ifindex };

	back.ipv4_dst = source;
	long found = bpf_fib_lookup(skb, &back, sizeof(back), 0);
	return found == BPF_FIB_LKUP_RET_SUCCESS || found == BPF_FIB_LKUP_RET_NO_NEIGH;
}

static __always_inline int forward_ipv4(struct __sk_buff *skb, int is_checked)
{
	struct bpf_fib_lookup to = { .family = AF_INET, .ifindex = skb->ifindex };
	struct bpf_redir_neigh hop = { .nh_family = AF_INET };
	struct iphdr *ip = header_of(skb, sizeof(*ip));
	/* The bytes 8 to 11 of the header: what changes at a hop. */
	struct {
		__u8 ttl;
		__u8 protocol;
		__u16 check;
	} next;

	if (!ip || ip->ihl != 5 || ip->ttl <= 1)
		return TC_ACT_OK;
	next.ttl = ip->ttl - 1;
	next.protocol = ip->protocol;
	/* RFC 1624: one less in the upper byte is one more in the sum. */
	__u32 sum = ip->check + bpf_htons(0x0100);
	next.check = sum + (sum >= 0xffff);

	to.l4_protocol = ip->protocol;
	to.tos = ip->tos;
	to.ipv4_src = ip->saddr;
	to.ipv4_dst = ip->daddr;
	if (!(ip->frag_off & bpf_htons(MORE_FRAGMENTS_OR_OFFSET)))
		ports_of(&to, (__u16 *)(ip + 1));
	to.tot_len = largest_packet(skb, sizeof(*ip), ip->protocol, bpf_ntohs(ip->tot_len));
	if (is_checked && !has_way_back(skb, to.ipv4_src))
		return TC_ACT_SHOT;
	if (bpf_fib_lookup(skb, &to, sizeof(to), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return TC_ACT_OK;
	if (bpf_skb_store_bytes(skb, ETH_HLEN + 8, &next, sizeof(next), 0))
		return TC_ACT_SHOT;
	hop.nh_family = to.family;
	if (to.family == AF_INET)
		hop.ipv4_nh = to.ipv4_dst;
	else
		__builtin_memcpy(hop.ipv6_nh, to.ipv6_dst, 16);
	return bpf_redirect_neigh(to.ifindex, &hop, sizeof(hop), 0);
}

static __always_inline int forward_ipv6(struct __sk_buff *skb)
{
	struct bpf_fib_lookup to = { .family = AF_INET6, .ifindex = skb->ifindex };
	struct bpf_redir_neigh hop = { .nh_family = AF_INET6 };
	struct ipv6hdr *ip = header_of(skb, sizeof(*ip));

	/* Link-local of either end, and multicast, are the stack's. */
	if (!ip || ip->hop_limit <= 1 || ip->saddr.s6_addr[0] == 0xfe || ip->daddr.s6_addr[0] >= 0xfe)
		return TC_ACT_OK;
	__u8 hop_limit = ip->hop_limit - 1;
	to.l4_protocol = ip->nexthdr;
	to.flowinfo = *(__be32 *)ip & bpf_htonl(0x0fffffff);
	__builtin_memcpy(to.ipv6_src, &ip->saddr, 16);
	__builtin_memcpy(to.ipv6_dst, &ip->daddr, 16);
	ports_of(&to, (__u16 *)(ip + 1));
	to.tot_len = largest_packet(skb, sizeof(*ip), ip->nexthdr,
				    bpf_ntohs(ip->payload_len) + sizeof(*ip));
	if (bpf_fib_lookup(skb, &to, sizeof(to), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return TC_ACT_OK;
	if (bpf_skb_store_bytes(skb, ETH_HLEN + 7, &hop_limit, 1, BPF_F_RECOMPUTE_CSUM))
		return TC_ACT_SHOT;
	__builtin_memcpy(hop.ipv6_nh, to.ipv6_dst, 16);
	return bpf_redirect_neigh(to.ifindex, &hop, sizeof(hop), 0);
}

static __always_inline int forward(struct __sk_buff *skb, int is_checked)
{
	if (skb->pkt_type != PACKET_HOST)
		return TC_ACT_OK;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return forward_ipv4(skb, is_checked);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return forward_ipv6(skb);
	return TC_ACT_OK;
}

/*
 * On the interfaces of a VRF: forwards by the kernel's own routes and neighbours what is plainly to be
 * forwarded. All else is the stack's, which answers with ICMP, asks for neighbours, or drops. FRR's BFD
 * daemon holds a packet socket in every VRF, and Linux since 6.17 copies each packet's head for that.
 */
SEC("tc")
int vrf_ingress(struct __sk_buff *skb)
{
	return forward(skb, 1);
}

/* Where a route of last resort leads everywhere, each source has a way back: nothing to check. */
SEC("tc")
int edge_ingress(struct __sk_buff *skb)
{
	return forward(skb, 0);
}

/*
 * On the repair tunnel of a circuit's VRF: what came in by it does not go back, so that a packet which
 * neither edge can deliver ends at the second.
 */
SEC("tc")
int repair_egress(struct __sk_buff *skb)
{
	return skb->ingress_ifindex == skb->ifindex ? TC_ACT_SHOT : TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
