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

static __always_inline enum class class_of_mark(__u8 dscp)
{
	switch (dscp) {
	case 46:
		return VOICE;
	case 34:
	case 18:
		return INTERACTIVE;
	case 10:
		return BULK;
	default:
		return DEFAULT;
	}
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

/* How far an empty bucket goes into debt for a class. Bulk has no more than what is not marked at all. */
static __always_inline __s64 floor_of(enum class class, __u64 reserve)
{
	if (class == VOICE)
		return -(__s64)reserve;
	return class == INTERACTIVE ? -(__s64)(reserve / 2) : 0;
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
	for (int i = 0; i < LOADS - 1; i++)
		at += share > (LOAD_UNIT / 4ULL) << i;
	if (at >= LOADS)
		return;
	__sync_fetch_and_add(&load->sum, share);
	__sync_fetch_and_add(&load->counts[at], 1);
}
