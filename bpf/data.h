/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Finds the host name in a connection's first data: the server name of a ClientHello (RFC 8446, 4.1.2; RFC 6066, 3) or the
 * Host of an HTTP/1 request (RFC 9112, 3.2). Every length is checked against the one that encloses it and against the bytes there are.
 */
#ifndef HEADSTART_DATA_H
#define HEADSTART_DATA_H

#include "budget.h"
#include "names.h"

#define HS_DATA_MAX 2048		/* a segment on Ethernet has 1460; a power of two bounds an index by a mask */
#define HS_NAME_MAX 253			/* RFC 1035, 2.3.4, less the root's two bytes */
#define HS_NAME_DOTS 16			/* more than real names have; each dot costs a lookup */
#define HS_HEAD_MAX 1024		/* bytes of a request that are searched for its Host */
#define HS_HELLO_EXTENSIONS 64		/* browsers send some twenty */
#define HS_HASH_BASIS 14695981039346656037ULL	/* FNV-1a, 64 bits */
#define HS_HASH_PRIME 1099511628211ULL

#define HS_TLS_HANDSHAKE 22		/* RFC 8446, 5.1 */
#define HS_TLS_CLIENT_HELLO 1		/* RFC 8446, 4 */
#define HS_TLS_SERVER_NAME 0		/* RFC 6066, 3 */

/* The state of a search for a name and of the walk over the name. It is in a map, because on the stack the verifier would follow every value that it could have. */
struct hs_data {
	__u8 bytes[HS_DATA_MAX];
	__u32 at;
	__u32 end;		/* where the readable bytes end */
	__u32 name;		/* where the name begins */
	__u32 length;		/* 0: not found */
	__u32 state;
	__u32 dots;
	__u32 below;		/* the function of all names below the nearest known domain */
	__u32 bad;
	__u64 hash;
};

/* The context of bpf_loop must be on the stack. */
struct hs_walk {
	struct hs_data *data;
};

#define HS_WALK(steps, step, data) \
	do { \
		struct hs_walk walk = { data }; \
		bpf_loop(steps, step, &walk, 0); \
	} while (0)

/* There is one for each CPU, which is enough: its users do not interrupt each other. */
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

/* Looks at one extension of a ClientHello. Returns 1 to end the walk. */
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
 * The hello must be in one record, and in this packet up to its server name. A hello that does not fit or contradicts itself has no name
 * here; the gateway itself reads it a moment later.
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
	HS_HEAD_FIELD = 0,	/* at the beginning of a line; 1 to 4: so many letters of "host:" were read */
	HS_HEAD_SPACE = 5,
	HS_HEAD_NAME,
	HS_HEAD_SKIP,		/* the rest of the line is skipped */
};

/* Looks at one byte of a request's head. Returns 1 to end the walk. */
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
			return 1;	/* an empty line ends the head */
		if (byte >= 'A' && byte <= 'Z')
			byte += 'a' - 'A';
		/* "host:", with its first letter in the lowest byte */
		data->state = byte == ((0x3a74736f68ULL >> (state * 8)) & 0xff) ? state + 1 : HS_HEAD_SKIP;
	}
	return 0;
}

static __always_inline void hs_search_head(struct hs_data *data)
{
	data->state = HS_HEAD_SKIP;	/* the request line */
	HS_WALK(HS_HEAD_MAX, hs_step_head, data);
}

/* Hashes the name from its end, so that the hash of each domain above it is computed on the way. Returns 1 to end the walk. */
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
			return 0;	/* a dot at the end stands for the root */
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

/* Finds the function of a name: by the name itself, or else by the nearest domain above it. Returns HS_SHARED if there is none. */
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

/* Finds the function that a connection's first data names. Returns HS_SHARED if it names none. */
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
