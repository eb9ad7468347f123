// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0)
/*
 * The hand-off: which frames of a port belong to which subinterface or cross-connect, how fast they may
 * go, and how many there were. Runs at a port (or at a cross-connect's VXLAN device), in and out.
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
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "classes.h"
#include "forward.h"
#include "maps.h"
#include "segment.h"

#define ANY 0xffff
/* Says to the egress program that the frame crossed here and has its tags already. */
#define CROSSED 0x43570001

#define BGP 179
#define BFD 3784
#define CONTROL_BYTES_MAX 1600
/* Below the 64 KiB that a super-packet may have left the bucket in debt with. */
#define CONTROL_DEBT_BYTES (2 * 65536)
/* More than all processors take between a look at a bucket and its lock. */
#define AMPLE_BYTES (8 * 65536)
#define AMPLE_PACKETS 512

enum kind { TO_SUBINTERFACE = 1, TO_PORT = 2, TO_CROSS_CONNECT = 3 };
enum direction { IN = 0, OUT = 1 };
/* Of a frame by its meter's rate; by mark: in whose bucket marks say what is dropped last. */
enum limit { UNLIMITED = 0, BY_RATE = 1, BY_MARK = 2 };

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
	__u16 direction;
	__u16 limited; /* enum limit */
	__u16 push; /* cross-connect: the other end's outer tag, 0 for none */
	__u8 mac[6];
	__u32 part; /* where the frame is counted once more, by itself; 0: nowhere */
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
	__u32 limited;
	__u32 part;
};

struct link {
	__u32 meter;
	__u32 limited;
};

/* 0 of either: not limited by it. */
struct rate {
	__u64 bytes_per_second;
	__u64 burst_bytes;
	__u64 packets_per_second;
	/* What is kept for marked packets, below an empty bucket; 0 where no peering of the meter has classes. */
	__u64 reserve_bytes;
	/* What may pass before the rate above is enforced; 0: it always is. */
	__u64 free_bytes_per_second;
};

/* Of a bucket: how fast it is filled. */
enum filling { FRESH = 0, AT_RATE = 1, FREELY = 2 };

struct meter {
	struct bpf_spin_lock lock;
	__u32 filling; /* enum filling */
	__u64 refilled_ns;
	__s64 tokens;
	__u64 packets;
	__u64 bytes;
	__u64 dropped_packets;
	__u64 dropped_bytes;
	__u64 packets_refilled_ns;
	__s64 packet_tokens;
	__u64 window_ns;
	__u64 window_bytes;
};

HASH(entries, struct tags_key, struct entry, 65536);
HASH(exits, struct exit_key, struct exit_tags, 65536);
HASH(rates, struct meter_key, struct rate, 65536);
HASH(meters, struct meter_key, struct meter, 65536);
/* The meter of a link inside a VRF, by its number, which is its own on the whole node. */
HASH(links, __u32, struct link, 65536);
/* Frames without an entry, per port. */
HASH(unknown, __u32, __u64, 4096);

/* What one segment of a super-packet repeats: network and transport header. */
static __always_inline __u32 repeated_header(struct __sk_buff *skb, __u32 offset, __u16 protocol)
{
	__u8 first = 0, next = 0;
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
	return network + transport_header(skb, offset + network, next);
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
	void *data = (void *)(long)skb->data;

	if (data + sizeof(*head) > (void *)(long)skb->data_end)
		return bpf_skb_load_bytes(skb, 0, head, sizeof(*head));
	*head = *(struct head *)data;
	return 0;
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

/* Ports of network byte order, right behind an IP header without options. */
static __always_inline int names_control(__u8 protocol, const __u16 *ports)
{
	if (protocol == IPPROTO_TCP)
		return ports[0] == bpf_htons(BGP) || ports[1] == bpf_htons(BGP);
	return protocol == IPPROTO_UDP && ports[1] == bpf_htons(BFD);
}

/*
 * What keeps the link's sessions: BGP (RFC 4271), BFD (RFC 5881), ARP and neighbour discovery (RFC 4861).
 * A customer who sends more than was ordered loses packets, not the sessions.
 */
static __always_inline int is_control(struct __sk_buff *skb, const struct head *head)
{
	__u32 offset = head->protocol == bpf_htons(ETH_P_8021Q) ? ETH_HLEN + 4 : ETH_HLEN;
	__u16 protocol = offset == ETH_HLEN ? head->protocol : head->inner_protocol;
	struct {
		__u8 header[20];
		__u16 ports[2];
	} ipv4;
	struct {
		__u8 header[40];
		__u16 ports[2];
	} ipv6;

	if (protocol == bpf_htons(ETH_P_ARP))
		return 1;
	if (skb->gso_size || skb->len > CONTROL_BYTES_MAX)
		return 0;
	if (protocol == bpf_htons(ETH_P_IP))
		return !bpf_skb_load_bytes(skb, offset, &ipv4, sizeof(ipv4)) &&
		       ipv4.header[0] == 0x45 && names_control(ipv4.header[9], ipv4.ports);
	if (protocol != bpf_htons(ETH_P_IPV6) ||
	    bpf_skb_load_bytes(skb, offset, &ipv6, sizeof(ipv6)))
		return 0;
	__u8 type = ipv6.ports[0] & 0xff;
	return (ipv6.header[6] == IPPROTO_ICMPV6 && type >= 133 && type <= 136) ||
	       names_control(ipv6.header[6], ipv6.ports);
}

/* A quarter of a second of packets, as of bytes. */
static __always_inline void refill_packets(struct meter *meter, __u64 per_second, __u64 now)
{
	__u64 elapsed = now > meter->packets_refilled_ns ? now - meter->packets_refilled_ns : 0;
	__s64 burst = per_second / 4 + 1;
	/* Also where the meter was not limited before. */
	__u64 earned = elapsed > NANOSECONDS ? per_second : elapsed * per_second / NANOSECONDS;

	if (!earned)
		return;
	meter->packet_tokens += earned;
	meter->packets_refilled_ns += earned * NANOSECONDS / per_second;
	if (elapsed > NANOSECONDS || meter->packet_tokens > burst) {
		meter->packet_tokens = burst;
		meter->packets_refilled_ns = now;
	}
}

/*
 * A rate may let more pass until a bucket that is filled faster is empty too. From then on it is filled at the
 * rate itself, until it is full: only who stays below the rate gets the freedom back.
 */
static __always_inline void refill_bytes(struct meter *meter, const struct rate *rate, __u64 now)
{
	__u64 elapsed = now > meter->refilled_ns ? now - meter->refilled_ns : 0;
	__u32 full = rate->free_bytes_per_second ? FREELY : AT_RATE;
	__s64 burst = rate->burst_bytes;

	if (meter->filling == FRESH || elapsed > NANOSECONDS) {
		meter->filling = full;
		meter->tokens = burst;
		meter->refilled_ns = now;
		return;
	}
	if (full == AT_RATE || meter->tokens <= 0)
		meter->filling = AT_RATE;
	__u64 per_second = meter->filling == FREELY ? rate->free_bytes_per_second :
						      rate->bytes_per_second;
	__u64 earned = elapsed * per_second / NANOSECONDS;
	/* Time is spent only with the whole bytes it bought, so nothing is lost to rounding. */
	if (earned) {
		meter->tokens += earned;
		meter->refilled_ns += earned * NANOSECONDS / per_second;
	}
	if (meter->tokens > burst) {
		meter->filling = full;
		meter->tokens = burst;
		meter->refilled_ns = now;
	}
}

/*
 * Counts the frame and takes its bytes from the bucket. False: over the rate, to be dropped. A function of its
 * own, which the verifier looks at once and not on each way of each program that leads here (Linux 5.12).
 */
__attribute__((noinline)) int admit(struct __sk_buff *skb, const struct head *head, __u32 name,
				    __u32 direction, __u32 limited)
{
	struct meter_key key = { .meter = name, .direction = direction };
	__u64 packets, bytes, now, window = 0;
	enum class class = DEFAULT;
	int admitted = 1, control = 0;
	__s64 floor = 0;

	if (!name || !head)
		return 1;
	struct meter *meter = bpf_map_lookup_elem(&meters, &key);
	if (!meter)
		return 1;
	struct rate *rate = limited ? bpf_map_lookup_elem(&rates, &key) : 0;
	__u64 per_second = rate ? rate->bytes_per_second : 0;
	__u64 packets_per_second = rate ? rate->packets_per_second : 0;
	wire_size(skb, head, &packets, &bytes);
	if (!per_second && !packets_per_second) {
		/* Nothing but counters: no frame waits for another's. */
		__sync_fetch_and_add(&meter->packets, packets);
		__sync_fetch_and_add(&meter->bytes, bytes);
		return 1;
	}
	now = bpf_ktime_get_ns();
	__u64 reserve = rate ? rate->reserve_bytes : 0;
	if (limited == BY_MARK) {
		int is_tagged = head->protocol == bpf_htons(ETH_P_8021Q);
		class = class_of(skb, is_tagged ? ETH_HLEN + 4 : ETH_HLEN,
				 is_tagged ? head->inner_protocol : head->protocol);
		floor = floor_of(class, reserve);
	}
	/* Looked for only where it may matter: far from empty, all are admitted alike. */
	if ((meter->tokens <= AMPLE_BYTES ||
	     (packets_per_second && meter->packet_tokens <= AMPLE_PACKETS)) &&
	    is_control(skb, head)) {
		control = 1;
		floor = -(__s64)(reserve + CONTROL_DEBT_BYTES);
	}

	bpf_spin_lock(&meter->lock);
	if (per_second) {
		refill_bytes(meter, rate, now);
		/* A bucket may go into debt by one buffer: a super-packet is admitted whole or not at
		 * all, and what it overdraws is waited for. Higher classes may go deeper into debt, and
		 * control deeper still, which the others pay. The mean rate stays exact. */
		if (meter->tokens <= floor)
			admitted = 0;
		if ((__s64)(now - meter->window_ns) >= (__s64)WINDOW_NS) {
			window = meter->window_bytes;
			meter->window_ns = now;
			meter->window_bytes = 0;
		}
		meter->window_bytes += bytes;
	}
	if (packets_per_second) {
		refill_packets(meter, packets_per_second, now);
		if (meter->packet_tokens <= 0 && !control)
			admitted = 0;
	}
	if (admitted && per_second)
		meter->tokens -= bytes;
	if (admitted && packets_per_second)
		meter->packet_tokens -= packets;
	if (admitted) {
		meter->packets += packets;
		meter->bytes += bytes;
	} else {
		meter->dropped_packets += packets;
		meter->dropped_bytes += bytes;
	}
	bpf_spin_unlock(&meter->lock);
	if (window)
		count_load(&key, window, per_second);
	if (limited == BY_MARK)
		count_class(&key, class, admitted, packets, bytes);
	return admitted;
}

/* A part of a meter's traffic, counted once more: what was admitted and what was not. */
static __always_inline void count_part(struct __sk_buff *skb, const struct head *head, __u32 part,
				       __u32 direction, int admitted)
{
	struct meter_key key = { .meter = part, .direction = direction };
	struct meter *meter = part ? bpf_map_lookup_elem(&meters, &key) : 0;
	__u64 packets, bytes;

	if (!meter)
		return;
	wire_size(skb, head, &packets, &bytes);
	__sync_fetch_and_add(admitted ? &meter->packets : &meter->dropped_packets, packets);
	__sync_fetch_and_add(admitted ? &meter->bytes : &meter->dropped_bytes, bytes);
}

static __always_inline int drop_unknown(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	__u64 *count = bpf_map_lookup_elem(&unknown, &ifindex);

	if (count)
		__sync_fetch_and_add(count, skb->gso_segs > 1 ? skb->gso_segs : 1);
	return TC_ACT_SHOT;
}

static __always_inline int cross(struct __sk_buff *skb, struct entry *entry, int is_tagged)
{
	if (is_tagged && bpf_skb_vlan_pop(skb))
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
	int crosses = 0;
	/* A zero tag is a priority tag (802.1Q 9.6): no circuit has it, so it names none. */
	if (entry && (!tags || key.outer) && (tags < 2 || key.inner)) {
		if (entry->kind == TO_SUBINTERFACE && !(head.destination[0] & 1)) {
			for (int i = 0; i < 6; i++)
				if (head.destination[i] != entry->mac[i])
					return drop_unknown(skb);
		}
	} else {
		crosses = 1;
		key.inner = ANY;
		entry = key.outer ? bpf_map_lookup_elem(&entries, &key) : 0;
		if (!entry) {
			key.outer = ANY;
			entry = bpf_map_lookup_elem(&entries, &key);
		}
		if (!entry)
			return drop_unknown(skb);
	}
	int admitted = admit(skb, &head, entry->meter, entry->direction, entry->limited);

	count_part(skb, &head, entry->part, entry->direction, admitted);
	if (!admitted)
		return TC_ACT_SHOT;
	return crosses ? cross(skb, entry, key.outer != ANY) : deliver(skb, &head, entry, tags);
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
	int admitted = admit(skb, &head, exit->meter, OUT, exit->limited);

	count_part(skb, &head, exit->part, OUT, admitted);
	if (!admitted)
		return TC_ACT_SHOT;
	if (exit->inner && bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), exit->inner))
		return TC_ACT_SHOT;
	if (exit->outer && bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), exit->outer))
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

/*
 * On a link inside a VRF, before it is forwarded: counted, and held to the rate of the link's meter. Which
 * way is inward depends on the link: out of a tunnel, or onto a virtual network.
 */
static __always_inline int measure(struct __sk_buff *skb, __u32 direction)
{
	__u32 ifindex = skb->ifindex;
	struct link *link = bpf_map_lookup_elem(&links, &ifindex);
	struct head head;

	if (!link || load_head(skb, &head))
		return TC_ACT_UNSPEC;
	return admit(skb, &head, link->meter, direction, link->limited) ? TC_ACT_UNSPEC :
									  TC_ACT_SHOT;
}

SEC("tc")
int inward_ingress(struct __sk_buff *skb)
{
	return measure(skb, IN);
}

SEC("tc")
int outward_egress(struct __sk_buff *skb)
{
	return measure(skb, OUT);
}

SEC("tc")
int outward_ingress(struct __sk_buff *skb)
{
	return measure(skb, OUT);
}

SEC("tc")
int inward_egress(struct __sk_buff *skb)
{
	return measure(skb, IN);
}

char LICENSE[] SEC("license") = "GPL";
