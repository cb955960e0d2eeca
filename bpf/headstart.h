/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
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
	HS_KIND_CLIENT_HELLO = 8,
	HS_KIND_STAY = 16,	/* in a word only: the report of a SYN leaves the later kinds armed, so that its connection is reported too */
};

/* The program that reports. Also the row of the `counters` map. */
enum hs_hook {
	HS_HOOK_SOCK_OPS = 0,
	HS_HOOK_XDP = 1,
	HS_HOOK_SK_LOOKUP = 2,
	HS_HOOK_TCX = 3,
	HS_HOOKS,
};

/* What became of a packet or a callback. The column of the `counters` map. */
enum hs_outcome {
	HS_OUTCOME_SYN = 0,		/* event sent */
	HS_OUTCOME_ESTABLISHED,		/* event sent */
	HS_OUTCOME_LISTEN,		/* event sent */
	HS_OUTCOME_QUIET,		/* the function is awake or its wake is in flight */
	HS_OUTCOME_UNKNOWN,		/* the destination belongs to no function */
	HS_OUTCOME_OTHER_NETNS,		/* not the gateway's network namespace */
	HS_OUTCOME_LOST_RACE,		/* another CPU or hook reported it first */
	HS_OUTCOME_RING_FULL,		/* not reported; the function stays armed, and the next SYN tries again */
	HS_OUTCOME_BAD_FUNCTION,	/* the index is outside the triggers map */
	HS_OUTCOME_TRUNCATED,		/* a header ends after the packet */
	HS_OUTCOME_MALFORMED,		/* a header contradicts itself */
	HS_OUTCOME_FRAGMENT,		/* not the first fragment: no TCP header here */
	HS_OUTCOME_EXTENSIONS,		/* more IPv6 extension headers than are parsed */
	HS_OUTCOME_VLANS,		/* more VLAN tags than are parsed */
	HS_OUTCOME_SHARED,		/* a shared destination, and nothing in the SYN names a function */
	HS_OUTCOME_UNKNOWN_ID,		/* an id that belongs to no function; the SYN is treated as one without */
	HS_OUTCOME_MALFORMED_ID,	/* an empty or too long id, or options that contradict themselves; treated likewise */
	HS_OUTCOME_UNKNOWN_NAME,	/* data with a host name of no function, or of several */
	HS_OUTCOME_NO_NAME,		/* data without a host name, or that ends inside of it */
	HS_OUTCOME_STEERED,		/* sk_lookup: the connection goes to the gateway's socket */
	HS_OUTCOME_NO_SOCKET,		/* sk_lookup: the gateway has no such socket (yet) */
	HS_OUTCOME_NOT_ASSIGNED,	/* sk_lookup: another program chose first, or the families differ */
	HS_OUTCOME_CLIENT_HELLO,	/* event sent */
	HS_OUTCOME_UNPROVEN,		/* a ClientHello that belongs to no established connection: left to the gateway */
	HS_OUTCOME_NOT_AWAITED,		/* a listen() in a cgroup that no start waits for */
	HS_OUTCOME_OVER_BUDGET,		/* more listen() in one cgroup, or more data to read, than is allowed in a second */
	HS_OUTCOME_NO_COOKIE,		/* data in a SYN without a Fast Open cookie: not read */
	HS_OUTCOME_OVER_SOURCE,		/* more SYNs from one source (IPv4 /32, IPv6 /64) than are told in a second; the function stays armed, as in all that follow */
	HS_OUTCOME_OVER_NETWORK,	/* more SYNs from one network (IPv4 /24, IPv6 /48) than are told in a second */
	HS_OUTCOME_OVER_TOTAL,		/* more SYNs from all sources than are told in a second, and this source is not proven */
	HS_OUTCOME_OVER_PROVEN,		/* the source is proven, but there are more SYNs from proven sources than are told in a second */
	HS_OUTCOME_PROVEN,		/* told because the source is proven, although it would not have been otherwise; counted beside the event */
	HS_OUTCOME_BELOW_FLOOR,		/* the gateway wants a later signal from this network, or from all sources that are not proven */
	HS_OUTCOME_DENIED,		/* an access list does not let this source wake the function */
	HS_OUTCOME_SYN_COOKIE,		/* a SYN that the kernel answers with a SYN cookie; counted beside what becomes of it */
	HS_OUTCOME_DIRECT,		/* sk_lookup: the connection goes to the function's own socket */
	HS_OUTCOME_DIRECT_GONE,		/* sk_lookup: that socket is closed or was not assigned; counted beside what becomes of the connection */
	HS_OUTCOMES,
};

/* How the function was recognised. */
enum hs_named {
	HS_NAMED_ADDRESS = 0,		/* the destination belongs to that function alone */
	HS_NAMED_SYN_ID,		/* the id in the SYN's options */
	HS_NAMED_CLIENT,		/* this client, or its group, asked for it last */
	HS_NAMED_SERVER_NAME,		/* the server name of a ClientHello, in the SYN (TCP Fast Open) or behind the handshake */
	HS_NAMED_HOST,			/* the Host of an HTTP/1 request in the SYN */
};

/* A value of `destinations`: functions share the address. Any other value is the index of a function. */
#define HS_SHARED 0xffffffff

/* The six upper levels of a cgroup path. The root, level 0, is left out, because it is an ancestor of every cgroup. */
#define HS_ANCESTORS 6

/* The gateway's sockets for steered connections: the index of the `sockets` map. */
enum hs_socket {
	HS_SOCKET_PLAIN = 0,
	HS_SOCKET_TLS = 1,
	HS_SOCKETS,
};

/*
 * A word of `steering`: bits 0 to 3 are an enum hs_socket, bits 4 to 7 say how many sockets of the function itself take new connections (0: none),
 * bits 8 to 31 are the place of the first of them in `direct_sockets`. It is one word, so that the kernel never sees half of a change.
 */
#define HS_STEERING_SOCKET 0xf
#define HS_STEERING_COUNT_SHIFT 4
#define HS_STEERING_COUNT 0xf
#define HS_STEERING_FIRST_SHIFT 8

/* The key of `destinations` and `steering`. */
struct hs_destination {
	__u8 address[16];	/* IPv6 or v4-mapped (RFC 4291, 2.5.5.2); all zero: any address */
	__be16 port;
	__u16 pad;
};

/*
 * The id inside a SYN: TCP option 253 (RFC 4727), experiment id 0x4853 (RFC 6994), then these bytes.
 * The key of `syn_ids`; zero behind the text.
 */
#define HS_SYN_ID_MAX 16

struct hs_syn_id {
	__u8 text[HS_SYN_ID_MAX];
	__u8 length;		/* 1..16 */
	__u8 pad[3];
};

/* The key of `clients`, `sources`, `proven` and `floors`: one address, or the group that it is in with the other bits zero. */
struct hs_client {
	__u8 address[16];	/* IPv6 or v4-mapped */
	__u8 bits;		/* 128: one address; 120: an IPv4 /24; 64: an IPv6 /64; 48: an IPv6 /48 */
	__u8 pad[3];
};

/* The value of `floors`: signals that are not told from a network. */
struct hs_floor {
	__u64 until_ns;		/* CLOCK_MONOTONIC; later it holds no more */
	__u64 withheld;		/* bits of enum hs_kind */
};

/* The index of `guards`: words by which the kernel sees that it need not look further. */
enum hs_guard {
	HS_GUARD_WITHHELD = 0,	/* signals that are told only from proven sources: bits of enum hs_kind */
	HS_GUARD_FLOORS,	/* until when the last entry of `floors` holds: CLOCK_MONOTONIC in nanoseconds */
	HS_GUARD_ACCESS,	/* how many access lists there are: the gateway's, and those of functions */
	HS_GUARDS,
};

/* The index of `tokens`: the buckets that all sources share. */
enum hs_bucket {
	HS_BUCKET_TOTAL = 0,
	HS_BUCKET_PROVEN,
	HS_BUCKETS,
};

/* The key of `access`, a trie: the longest prefix that matches counts. */
struct hs_access_key {
	__u32 bits;		/* how many bits count from the scope on: 32 plus those of the address */
	__u32 scope;		/* the index of a function; HS_SHARED: the gateway's list, which holds for all */
	__u8 address[16];	/* IPv6 or v4-mapped */
};

/* A value of `access`. */
enum hs_verdict {
	HS_VERDICT_DENY = 0,
	HS_VERDICT_ALLOW,
};

/* The value of `clients`. Of a group the kernel reads only `usable`; the rest is for the gateway. */
struct hs_client_memory {
	__u32 function;		/* what was asked for last; HS_SHARED if that was no function */
	__u16 predictions;	/* how many requests were predicted */
	__u16 right;		/* how many of the predictions were right */
	__u8 usable;		/* 1: they are right often enough */
	__u8 pad[3];
};

/* A SYN, an established connection or a ClientHello for a function that was armed for it. */
struct hs_connection_event {
	__u64 ktime_ns;		/* CLOCK_MONOTONIC */
	__u32 function;
	__u8 kind;		/* enum hs_kind */
	__u8 hook;		/* enum hs_hook */
	__u16 local_port;	/* host order */
	__u16 remote_port;	/* host order */
	__u16 named;		/* enum hs_named */
	__u32 srtt_us;		/* smoothed round trip in microseconds; 0: not measured */
	__u8 local_address[16];
	__u8 remote_address[16];
};

/* Bits of a value of `awaited`: a start waits for listen() in this cgroup, or in a child of it that the start makes. */
#define HS_AWAITED_ITSELF 1
#define HS_AWAITED_BELOW 2

/* A listen() in an awaited cgroup. */
struct hs_listen_event {
	__u64 ktime_ns;
	__u32 pad;
	__u8 kind;		/* HS_KIND_LISTEN, at the same offset as in hs_connection_event */
	__u8 hook;
	__u16 port;		/* host order */
	__u64 cgroup;
	__u64 ancestors[HS_ANCESTORS];	/* levels 1..6; 0 where the path is not that deep */
};

/* How many SYNs are told in a second, as a token bucket counts them. */
struct hs_rate {
	__u64 interval_ns;	/* the time in which one token comes; 0: no limit */
	__u64 ahead_ns;		/* the time in which the tokens of a burst but one come */
};

/* Read-only data, written between opening the object and loading it. */
struct hs_config {
	__u64 netns_cookie;	/* SO_NETNS_COOKIE of the gateway's network namespace */
	__u8 listen_cgroup;	/* 1: the kernel lets sock_ops ask for the current cgroup */
	__u8 xdp_names;		/* 1: the kernel lets XDP loop and load bytes, so XDP reads what names a function */
	__u8 returning;		/* 1: what clients asked for last is used */
	__u8 client_hello;	/* 1: ClientHellos behind the handshake are reported */
	__u8 listen_origin;	/* 1: sock_ops asks in which cgroup the socket was made instead of the current one */
	__u8 pad[3];
	__u32 data_budget;	/* how often a CPU reads data in a second, because finding a name costs microseconds */
	__u32 pad2;
	struct hs_rate per_source;	/* SYNs told of an IPv4 /32 or an IPv6 /64 */
	struct hs_rate per_network;	/* SYNs told of an IPv4 /24 or an IPv6 /48 */
	struct hs_rate total;		/* SYNs told of all sources together */
	struct hs_rate proven;		/* SYNs told of proven sources beyond the total */
	__u64 proven_ns;	/* how long a source is proven by a connection; 0: no source is */
	__u64 proven_again_ns;	/* how long it is not marked again, so that most connections write nothing */
};

#endif
