// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0)
/*
 * What the kernel's FIB said of a flow in the present tick of its clock (docs/decisions/0018): packets come in
 * trains, and each packet of one asks the same. A route that changes is followed with the next tick, which is
 * 1 to 10 ms away (CONFIG_HZ).
 */
#pragma once
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* On each processor; a flow that finds its place taken asks the FIB and takes the place. */
#define ANSWERS 256

struct answer {
	__u64 tick;
	/*
	 * The whole question, so that nothing but the same question has its answer. The numbers of interfaces are
	 * those of a namespace alone: `dmac` holds the address that the packet came to, which tells VRFs apart.
	 */
	struct bpf_fib_lookup asked;
	struct bpf_fib_lookup told;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, ANSWERS);
	__type(key, __u32);
	__type(value, struct answer);
} answers SEC(".maps");

static __always_inline struct answer *place_of(const struct bpf_fib_lookup *asked)
{
	const __u64 *words = (const __u64 *)asked;
	__u64 sum = 0;

	for (__u32 i = 0; i < sizeof(*asked) / sizeof(*words); i++)
		sum = (sum ^ words[i]) * 0x9e3779b97f4a7c15ULL;
	__u32 key = sum >> 56;
	return bpf_map_lookup_elem(&answers, &key);
}

static __always_inline int is_same(const struct bpf_fib_lookup *one, const struct bpf_fib_lookup *other)
{
	const __u64 *left = (const __u64 *)one, *right = (const __u64 *)other;
	__u64 differing = 0;

	for (__u32 i = 0; i < sizeof(*one) / sizeof(*left); i++)
		differing |= left[i] ^ right[i];
	return !differing;
}

/* Of the largest packet that passes, the FIB tells the size in place of the one it was asked for (Linux 5.12). */
static __always_inline int recall(const struct answer *answer, __u64 tick, __u16 length,
				  struct bpf_fib_lookup *question)
{
	if (answer->tick != tick || answer->told.tot_len < length || !is_same(&answer->asked, question))
		return 0;
	*question = answer->told;
	return 1;
}
