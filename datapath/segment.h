// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0)
/*
 * Between the ports of a segment inside a node (docs/decisions/0015): a frame for a station whose place is
 * planned goes to it at once, past the bridge and its queue. All else is the bridge's: broadcast, multicast
 * and addresses that nobody planned. IEEE 802.1Q-2022 8.8 with static filtering entries.
 */
#pragma once
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "maps.h"

struct station {
	__u32 segment;
	__u8 mac[6];
	__u8 zero[2];
};

/* The segment of a port, by its number. */
HASH(segments, __u32, __u32, 65536);
/* The port that a station of a segment is behind. */
HASH(stations, struct station, __u32, 65536);

SEC("tc")
int segment_ingress(struct __sk_buff *skb)
{
	const __u8 *data = (void *)(long)skb->data;
	__u32 ifindex = skb->ifindex;
	struct station to = {};

	if (data + ETH_HLEN > (__u8 *)(long)skb->data_end || (data[0] & 1) || skb->vlan_present)
		return TC_ACT_OK;
	__u32 *segment = bpf_map_lookup_elem(&segments, &ifindex);
	if (!segment)
		return TC_ACT_OK;
	to.segment = *segment;
	__builtin_memcpy(to.mac, data, sizeof(to.mac));
	__u32 *port = bpf_map_lookup_elem(&stations, &to);
	if (!port || *port == ifindex)
		return TC_ACT_OK;
	/* Here it was addressed to another; where it arrives it is the station's own. */
	if (bpf_skb_change_type(skb, PACKET_HOST))
		return TC_ACT_OK;
	return bpf_redirect_peer(*port, 0);
}
