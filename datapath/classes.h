// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0)
/*
 * What a policed meter keeps besides its bucket: which classes of marked packets passed and were dropped, and
 * how much was sent in single milliseconds (docs/decisions/0016). RFC 2474, RFC 4594.
 */
#pragma once
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include "maps.h"

#define NANOSECONDS 1000000000ULL

struct meter_key {
	__u32 meter;
	__u32 direction;
};

/* By which mark: EF, AF41 and AF21, AF11, all else (RFC 4594 2.3). */
enum class { VOICE = 0, INTERACTIVE = 1, BULK = 2, DEFAULT = 3, CLASSES = 4 };

struct class_meter {
	__u64 packets;
	__u64 bytes;
	__u64 dropped_packets;
	__u64 dropped_bytes;
};

struct class_meters {
	struct class_meter of[CLASSES];
};

/* The first is a quarter of the rate, each other twice the one before, the last without an end. */
#define LOADS 10
#define LOAD_UNIT 1024
#define WINDOW_NS 1000000ULL

/* What was sent in each millisecond that began with a packet, as a multiple of the rate. */
struct load {
	__u64 sum;
	__u64 counts[LOADS];
};

/* Of meters with classes, and of those that are policed. */
UNTYPED_HASH(classes, struct meter_key, struct class_meters, 65536);
UNTYPED_HASH(loads, struct meter_key, struct load, 65536);

/*
 * Two bits for each mark below 32, and for each from there. A table and no branches, here and below: the
 * verifier follows each branch through all of each program, and a node would load for a third of a second.
 */
#define BULK_MARK(dscp) (1ULL << ((dscp) % 32 * 2))
#define INTERACTIVE_MARK(dscp) (2ULL << ((dscp) % 32 * 2))
#define VOICE_MARK(dscp) (3ULL << ((dscp) % 32 * 2))
#define LOWER_MARKS (~0ULL ^ BULK_MARK(10) ^ INTERACTIVE_MARK(18))
#define UPPER_MARKS (~0ULL ^ INTERACTIVE_MARK(34) ^ VOICE_MARK(46))

static __always_inline enum class class_of_mark(__u8 dscp)
{
	__u64 is_upper = dscp >> 5 & 1;
	__u64 marks = LOWER_MARKS ^ ((LOWER_MARKS ^ UPPER_MARKS) & (0 - is_upper));

	return marks >> ((dscp & 31) * 2) & 3;
}

/* RFC 2474 3: the upper six bits of the traffic class, which in IPv6 lies across two bytes. */
static __always_inline enum class class_of(struct __sk_buff *skb, __u32 offset, __u16 protocol)
{
	__u8 first[2];

	if (bpf_skb_load_bytes(skb, offset, first, sizeof(first)))
		return DEFAULT;
	if (protocol == bpf_htons(ETH_P_IP))
		return class_of_mark(first[1] >> 2);
	if (protocol == bpf_htons(ETH_P_IPV6))
		return class_of_mark((first[0] & 0x0f) << 2 | first[1] >> 6);
	return DEFAULT;
}

/*
 * How far an empty bucket goes into debt for a class: voice by the reserve, interactive by half of it. Bulk has
 * no more than what is not marked at all.
 */
static __always_inline __s64 floor_of(enum class class, __u64 reserve)
{
	return -(__s64)(reserve >> ((0x3f3f0100U >> (class & 3) * 8) & 63));
}

static __always_inline void count_class(const struct meter_key *key, enum class class,
					int admitted, __u64 packets, __u64 bytes)
{
	struct class_meters *meters_of = bpf_map_lookup_elem(&classes, key);

	if (!meters_of)
		return;
	struct class_meter *meter = &meters_of->of[class & 3];
	__sync_fetch_and_add(admitted ? &meter->packets : &meter->dropped_packets, packets);
	__sync_fetch_and_add(admitted ? &meter->bytes : &meter->dropped_bytes, bytes);
}

static __always_inline void count_load(const struct meter_key *key, __u64 bytes, __u64 per_second)
{
	struct load *load = bpf_map_lookup_elem(&loads, key);
	__u64 share = bytes * LOAD_UNIT * (NANOSECONDS / WINDOW_NS) / per_second;
	__u32 at = 0;

	if (!load)
		return;
	/* The sign of a difference and no comparison: the verifier would follow each branch of each program. */
	for (int i = 0; i < LOADS - 1; i++)
		at += (((LOAD_UNIT / 4ULL) << i) - share) >> 63;
	if (at >= LOADS)
		return;
	__sync_fetch_and_add(&load->sum, share);
	__sync_fetch_and_add(&load->counts[at], 1);
}
