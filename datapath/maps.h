// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0)
/* A map that takes memory for what is in it alone: most nodes have a few entries. */
#pragma once
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define HASH(map_name, key_type, value_type, entries)                                              \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(max_entries, entries);                                                      \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__type(key, key_type);                                                             \
		__type(value, value_type);                                                         \
	} map_name SEC(".maps")

/* Without types: a dump tells the bytes alone, in half the words, of what is read each second. */
#define UNTYPED_HASH(map_name, key_type, value_type, entries)                                      \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_HASH);                                                   \
		__uint(max_entries, entries);                                                      \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                              \
		__uint(key_size, sizeof(key_type));                                                \
		__uint(value_size, sizeof(value_type));                                            \
	} map_name SEC(".maps")
