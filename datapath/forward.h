// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0)
/*
 * Between the links of a VRF: forwarding by the kernel's own routes and neighbours (docs/decisions/0008).
 * Part of tags.bpf.c, so that a node has one object and one set of pins. RFC 1812 5.2, RFC 8200 3.
 */
#pragma once
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "recall.h"

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

/* The size of the transport header at `offset`, which each segment of a super-packet repeats. */
static __always_inline __u32 transport_header(struct __sk_buff *skb, __u32 offset, __u8 protocol)
{
	__u8 doff = 0;

	if (protocol != IPPROTO_TCP)
		return 8;
	bpf_skb_load_bytes(skb, offset + 12, &doff, 1);
	return (doff >> 4) * 4;
}

/* What the way's MTU must carry: of a super-packet each segment. `network` is the size of the IP header. */
static __always_inline __u16 largest_packet(struct __sk_buff *skb, __u32 network, __u8 protocol,
					    __u16 length)
{
	if (!skb->gso_size)
		return length;
	return skb->gso_size + network + transport_header(skb, ETH_HLEN + network, protocol);
}

/* Ports choose among equal routes, as in the kernel's own hash (fib_multipath_hash_policy 1). */
static __always_inline void ports_of(struct bpf_fib_lookup *to, const __u16 *ports)
{
	if (to->l4_protocol != IPPROTO_TCP && to->l4_protocol != IPPROTO_UDP)
		return;
	to->sport = ports[0];
	to->dport = ports[1];
}

/* Linux 6.3: spares the look at the neighbour. An older kernel refuses the flag and looks at both. */
#define FIB_LOOKUP_SKIP_NEIGH (1U << 2)

static __always_inline int leads_back(struct __sk_buff *skb, struct bpf_fib_lookup *back)
{
	long found = bpf_fib_lookup(skb, back, sizeof(*back), FIB_LOOKUP_SKIP_NEIGH);

	if (found < 0)
		found = bpf_fib_lookup(skb, back, sizeof(*back), 0);
	return found == BPF_FIB_LKUP_RET_SUCCESS || found == BPF_FIB_LKUP_RET_NO_NEIGH;
}

/*
 * RFC 3704 2.4 (loose): where no route leads, nothing comes from. The kernel's rp_filter would look twice
 * on every host and router of the way.
 */
static __always_inline int has_way_back(struct __sk_buff *skb)
{
	/* A length of its own: without one the helper would hold this packet against the way back's MTU. */
	struct bpf_fib_lookup back = {
		.family = AF_INET, .ifindex = skb->ifindex, .tot_len = sizeof(struct iphdr)
	};

	if (bpf_skb_load_bytes(skb, ETH_HLEN + offsetof(struct iphdr, saddr), &back.ipv4_dst, 4))
		return 0;
	return leads_back(skb, &back);
}

static __always_inline int has_way_back_ipv6(struct __sk_buff *skb)
{
	struct bpf_fib_lookup back = {
		.family = AF_INET6, .ifindex = skb->ifindex, .tot_len = sizeof(struct ipv6hdr)
	};

	if (bpf_skb_load_bytes(skb, ETH_HLEN + offsetof(struct ipv6hdr, saddr), back.ipv6_dst, 16))
		return 0;
	return leads_back(skb, &back);
}

/* What the stack forwards has been checked as well. */
static __always_inline int to_stack(struct __sk_buff *skb, int is_checked)
{
	return is_checked && !has_way_back(skb) ? TC_ACT_SHOT : TC_ACT_OK;
}

enum way { NO_WAY = 0, NO_WAY_BACK = 1, FOUND = 2 };

/* Where a packet goes next. `to` is the question, all but the packet's length, and becomes the answer. */
static __always_inline enum way look_up(struct __sk_buff *skb, struct bpf_fib_lookup *to, __u16 length,
					int is_checked)
{
	__u64 tick = bpf_ktime_get_coarse_ns();
	struct answer *answer = place_of(to);

	if (!answer)
		return NO_WAY;
	if (recall(answer, tick, length, to))
		return FOUND;
	if (is_checked && !(to->family == AF_INET ? has_way_back(skb) : has_way_back_ipv6(skb)))
		return NO_WAY_BACK;
	answer->tick = 0;
	answer->asked = *to;
	to->tot_len = length;
	if (bpf_fib_lookup(skb, to, sizeof(*to), 0) != BPF_FIB_LKUP_RET_SUCCESS)
		return NO_WAY;
	answer->told = *to;
	answer->tick = tick;
	return FOUND;
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
		return to_stack(skb, is_checked);
	next.ttl = ip->ttl - 1;
	next.protocol = ip->protocol;
	/* RFC 1624: one less in the upper byte is one more in the sum. */
	__u32 sum = ip->check + bpf_htons(0x0100);
	next.check = sum + (sum >= 0xffff);

	to.l4_protocol = ip->protocol;
	to.tos = ip->tos;
	to.ipv4_src = ip->saddr;
	to.ipv4_dst = ip->daddr;
	__builtin_memcpy(to.dmac, (void *)ip - ETH_HLEN, sizeof(to.dmac));
	if (!(ip->frag_off & bpf_htons(MORE_FRAGMENTS_OR_OFFSET)))
		ports_of(&to, (__u16 *)(ip + 1));
	__u16 length = largest_packet(skb, sizeof(*ip), ip->protocol, bpf_ntohs(ip->tot_len));
	enum way way = look_up(skb, &to, length, is_checked);
	if (way != FOUND)
		return way == NO_WAY ? TC_ACT_OK : TC_ACT_SHOT;
	if (bpf_skb_store_bytes(skb, ETH_HLEN + 8, &next, sizeof(next), 0))
		return TC_ACT_SHOT;
	hop.nh_family = to.family;
	if (to.family == AF_INET)
		hop.ipv4_nh = to.ipv4_dst;
	else
		__builtin_memcpy(hop.ipv6_nh, to.ipv6_dst, 16);
	return bpf_redirect_neigh(to.ifindex, &hop, sizeof(hop), 0);
}

static __always_inline int forward_ipv6(struct __sk_buff *skb, int is_checked)
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
	__builtin_memcpy(to.dmac, (void *)ip - ETH_HLEN, sizeof(to.dmac));
	ports_of(&to, (__u16 *)(ip + 1));
	__u16 length = largest_packet(skb, sizeof(*ip), ip->nexthdr,
				      bpf_ntohs(ip->payload_len) + sizeof(*ip));
	enum way way = look_up(skb, &to, length, is_checked);
	if (way != FOUND)
		return way == NO_WAY ? TC_ACT_OK : TC_ACT_SHOT;
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
		return forward_ipv6(skb, is_checked);
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
