/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * The host name in a connection's first data: a ClientHello's server name (RFC 8446, 4.1.2; RFC 6066, 3), an HTTP/1
 * request's Host (RFC 9112, 3.2). Every length is held against the one around it and against what is there.
 */
#ifndef HEADSTART_DATA_H
#define HEADSTART_DATA_H

#include "budget.h"
#include "names.h"

#define HS_DATA_MAX 2048		/* a segment on Ethernet has 1460; a power of two bounds an index by a mask */
#define HS_NAME_MAX 253			/* RFC 1035, 2.3.4, less the root's two bytes */
#define HS_NAME_DOTS 16			/* more than any name that is meant; each costs a lookup */
#define HS_HEAD_MAX 1024		/* bytes of a request that are searched for its Host */
#define HS_HELLO_EXTENSIONS 64		/* browsers send some twenty */
#define HS_HASH_BASIS 14695981039346656037ULL	/* FNV-1a, 64 bits */
#define HS_HASH_PRIME 1099511628211ULL

#define HS_TLS_HANDSHAKE 22		/* RFC 8446, 5.1 */
#define HS_TLS_CLIENT_HELLO 1		/* RFC 8446, 4 */
#define HS_TLS_SERVER_NAME 0		/* RFC 6066, 3 */

/* A search for a name, and then the name's own walk. In a map and not on the stack: there the verifier follows every value it could have. */
struct hs_data {
	__u8 bytes[HS_DATA_MAX];
	__u32 at;
	__u32 end;		/* of what may be read */
	__u32 name;		/* where it begins */
	__u32 length;		/* 0: not found */
	__u32 state;
	__u32 dots;
	__u32 below;		/* whose all names below the nearest known domain are */
	__u32 bad;
	__u64 hash;
};

/* What bpf_loop hands on must be on the stack. */
struct hs_walk {
	struct hs_data *data;
};

#define HS_WALK(steps, step, data) \
	do { \
		struct hs_walk walk = { data }; \
		bpf_loop(steps, step, &walk, 0); \
	} while (0)

/* One for each CPU: nothing that uses it is interrupted by another user. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct hs_data);
} scratch SEC(".maps");

static __always_inline __u32 hs_byte(const struct hs_data *data, __u32 at)
{
	return data->bytes[at & (HS_DATA_MAX - 1)];
}

static __always_inline __u32 hs_word(const struct hs_data *data, __u32 at)
{
	return hs_byte(data, at) << 8 | hs_byte(data, at + 1);
}

/* One extension of a ClientHello: 1 ends the walk. */
static long hs_step_hello(__u32 step, void *context)
{
	struct hs_data *data = ((struct hs_walk *)context)->data;
	__u32 at = data->at, length, list, name;

	(void)step;
	if (at + 4 > data->end)
		return 1;
	length = hs_word(data, at + 2);
	if (hs_word(data, at) != HS_TLS_SERVER_NAME) {
		data->at = at + 4 + length;
		return 0;
	}
	if (at + 4 + length > data->end || length < 5)
		return 1;
	list = hs_word(data, at + 4);
	name = hs_word(data, at + 7);
	if (list + 2 <= length && list >= 3 && hs_byte(data, at + 6) == 0 && name + 3 <= list) {
		data->name = at + 9;
		data->length = name;
	}
	return 1;
}

/*
 * The hello must be in one record, and up to its server name in this packet. What does not fit, or lies, has no name: the
 * gateway's own reader of whole connections sees it in a moment.
 */
static __always_inline void hs_search_hello(struct hs_data *data)
{
	__u32 available = data->end, record, hello, at;

	if (available < 44)
		return;
	record = 5 + hs_word(data, 3);
	hello = 9 + (hs_byte(data, 6) << 16) + hs_word(data, 7);
	if (hs_byte(data, 5) != HS_TLS_CLIENT_HELLO || hello > record)
		return;
	at = 43;				/* behind legacy_version and random */
	at += 1 + hs_byte(data, at);		/* legacy_session_id */
	if (at + 2 > available)
		return;
	at += 2 + hs_word(data, at);		/* cipher_suites */
	if (at + 1 > available)
		return;
	at += 1 + hs_byte(data, at);		/* legacy_compression_methods */
	if (at + 2 > available)
		return;
	data->end = at + 2 + hs_word(data, at);
	if (data->end > hello)
		return;
	if (data->end > available)
		data->end = available;
	data->at = at + 2;
	HS_WALK(HS_HELLO_EXTENSIONS, hs_step_hello, data);
}

enum hs_head_state {
	HS_HEAD_FIELD = 0,	/* at a line's beginning; up to 5: so many letters of "host:" were there */
	HS_HEAD_SPACE = 5,
	HS_HEAD_NAME,
	HS_HEAD_SKIP,		/* to the line's end */
};

/* One byte of a request's head: 1 ends the walk. */
static long hs_step_head(__u32 step, void *context)
{
	struct hs_data *data = ((struct hs_walk *)context)->data;
	__u32 at = step, byte, state = data->state;

	if (at >= data->end)
		return 1;
	byte = hs_byte(data, at);
	if (state == HS_HEAD_SPACE) {
		if (byte == ' ' || byte == '\t')
			return 0;
		data->name = at;
		data->state = state = HS_HEAD_NAME;
	}
	if (state == HS_HEAD_NAME) {
		if (byte != '\r' && byte != '\n' && byte != ':' && byte != ' ' && byte != '\t')
			return 0;
		data->length = at - data->name;
		return 1;
	}
	if (byte == '\n') {
		data->state = HS_HEAD_FIELD;
	} else if (state < HS_HEAD_SPACE) {
		if (state == HS_HEAD_FIELD && byte == '\r')
			return 1;	/* the empty line: the head ends */
		if (byte >= 'A' && byte <= 'Z')
			byte += 'a' - 'A';
		/* "host:", its first letter lowest */
		data->state = byte == ((0x3a74736f68ULL >> (state * 8)) & 0xff) ? state + 1 : HS_HEAD_SKIP;
	}
	return 0;
}

static __always_inline void hs_search_head(struct hs_data *data)
{
	data->state = HS_HEAD_SKIP;	/* the request line */
	HS_WALK(HS_HEAD_MAX, hs_step_head, data);
}

/* Hashes from the end on, so that each domain's hash comes by on the way. */
static long hs_step_name(__u32 step, void *context)
{
	struct hs_data *data = ((struct hs_walk *)context)->data;
	__u32 byte, *function;
	__u64 hash;

	if (step >= data->length)
		return 1;
	byte = hs_byte(data, data->name + data->length - 1 - step);
	if (byte >= 'A' && byte <= 'Z')
		byte += 'a' - 'A';
	if (byte == '.') {
		if (data->hash == HS_HASH_BASIS)
			return 0;	/* at the end it stands for the root */
		if (++data->dots > HS_NAME_DOTS) {
			data->bad = 1;
			return 1;
		}
	} else if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') && byte != '-' && byte != '_') {
		data->bad = 1;
		return 1;
	}
	hash = (data->hash ^ byte) * HS_HASH_PRIME;
	data->hash = hash;
	if (byte == '.') {
		function = bpf_map_lookup_elem(&hosts, &hash);
		if (function)
			data->below = *function;
	}
	return 0;
}

/* Whose the name is: its own entry, or else the nearest domain's above it; else HS_SHARED. */
static __always_inline __u32 hs_find_host(enum hs_hook hook, struct hs_data *data)
{
	__u32 *function, found;
	__u64 hash;

	data->hash = HS_HASH_BASIS;
	data->below = HS_SHARED;
	data->dots = 0;
	data->bad = 0;
	HS_WALK(HS_NAME_MAX, hs_step_name, data);
	hash = data->hash;
	if (data->bad || hash == HS_HASH_BASIS) {
		hs_count(hook, HS_OUTCOME_NO_NAME);
		return HS_SHARED;
	}
	function = bpf_map_lookup_elem(&hosts, &hash);
	found = function ? *function : data->below;
	if (found == HS_SHARED)
		hs_count(hook, HS_OUTCOME_UNKNOWN_NAME);
	return found;
}

/* The function that a connection's first data, of this length, names; else HS_SHARED. */
static __always_inline __u32 hs_read_data(enum hs_hook hook, struct hs_data *data, __u32 length, enum hs_named *named)
{
	__u32 first = hs_byte(data, 0);

	data->end = length;
	data->length = 0;
	if (first == HS_TLS_HANDSHAKE) {
		*named = HS_NAMED_SERVER_NAME;
		hs_search_hello(data);
	} else if (first >= 'A' && first <= 'Z') {
		*named = HS_NAMED_HOST;
		hs_search_head(data);
	}
	if (data->length < 1 || data->length > HS_NAME_MAX) {
		hs_count(hook, HS_OUTCOME_NO_NAME);
		return HS_SHARED;
	}
	return hs_find_host(hook, data);
}

#endif
