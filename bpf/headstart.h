/*
 * What crosses between the kernel and the gateway. Included by the BPF programs and, by a test, by a
 * C file that checks the C# mirror (Gateway.Ebpf/Hooks/Wire) with static assertions.
 * Rules: fixed widths, no implicit padding, no pointers, append only.
 */
#ifndef HEADSTART_H
#define HEADSTART_H

#include <linux/types.h>

/* Bits of a word in the `triggers` map, and the kind of a connection event. */
enum hs_kind {
	HS_KIND_SYN = 1,
	HS_KIND_ESTABLISHED = 2,
	HS_KIND_LISTEN = 4,
};

/* Which program spoke. Also the row of the `counters` map. */
enum hs_hook {
	HS_HOOK_SOCK_OPS = 0,
	HS_HOOK_XDP = 1,
	HS_HOOKS,
};

/* What became of a packet or a callback. The column of the `counters` map. */
enum hs_outcome {
	HS_OUTCOME_SYN = 0,		/* event sent */
	HS_OUTCOME_ESTABLISHED,		/* event sent */
	HS_OUTCOME_LISTEN,		/* event sent */
	HS_OUTCOME_QUIET,		/* the function is awake or its wake is in flight */
	HS_OUTCOME_UNKNOWN,		/* nobody's destination */
	HS_OUTCOME_OTHER_NETNS,		/* not the gateway's network namespace */
	HS_OUTCOME_LOST_RACE,		/* another CPU or hook told it first */
	HS_OUTCOME_RING_FULL,		/* not told; the function stays armed, the next SYN tries again */
	HS_OUTCOME_BAD_FUNCTION,	/* the index is outside the triggers map */
	HS_OUTCOME_TRUNCATED,		/* a header ends after the packet */
	HS_OUTCOME_MALFORMED,		/* a header contradicts itself */
	HS_OUTCOME_FRAGMENT,		/* not the first fragment: no TCP header here */
	HS_OUTCOME_EXTENSIONS,		/* more IPv6 extension headers than we follow */
	HS_OUTCOME_VLANS,		/* more VLAN tags than we follow */
	HS_OUTCOMES,
};

/* The six upper levels of a cgroup path; the root, level 0, is everyone's ancestor and left out. */
#define HS_ANCESTORS 6

/* Key of `destinations`. */
struct hs_destination {
	__u8 address[16];	/* IPv6 or v4-mapped (RFC 4291, 2.5.5.2); all zero: any address */
	__be16 port;
	__u16 pad;
};

/* A SYN for, or an established connection to, a function that asked to hear of it. */
struct hs_connection_event {
	__u64 ktime_ns;		/* CLOCK_MONOTONIC */
	__u32 function;
	__u8 kind;		/* enum hs_kind */
	__u8 hook;		/* enum hs_hook */
	__u16 local_port;	/* host order */
	__u16 remote_port;	/* host order */
	__u16 pad;
	__u32 srtt_us;		/* smoothed round trip in microseconds; 0: not measured */
	__u8 local_address[16];
	__u8 remote_address[16];
};

/* A listen() anywhere on the machine while starts are in flight. */
struct hs_listen_event {
	__u64 ktime_ns;
	__u32 pid;		/* process id in the root pid namespace; 0: this kernel does not tell */
	__u8 kind;		/* HS_KIND_LISTEN, at the same offset as in hs_connection_event */
	__u8 hook;
	__u16 port;		/* host order */
	__u64 cgroup;
	__u64 ancestors[HS_ANCESTORS];	/* levels 1..6; 0 where the path is not that deep */
};

/* Read-only data, written between open and load. */
struct hs_config {
	__u64 netns_cookie;	/* SO_NETNS_COOKIE of the gateway's network namespace */
	__u8 listen_cgroup;	/* 1: the kernel lets sock_ops ask for the current cgroup */
	__u8 listen_pid;	/* 1: likewise for the current process */
	__u8 pad[6];
};

#endif
