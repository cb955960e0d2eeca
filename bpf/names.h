/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * What names the function on an address that functions share. Reads from a copy of the bytes, so that every
 * hook can use it, whatever it has to call to get at them.
 */
#ifndef HEADSTART_NAMES_H
#define HEADSTART_NAMES_H

#include "signal.h"

#define HS_OPTIONS_MAX 40		/* RFC 9293, 3.1: fifteen words less the five of the header */
#define HS_OPTION_END 0			/* RFC 9293, 3.2 */
#define HS_OPTION_PADDING 1
#define HS_OPTION_EXPERIMENT 253	/* RFC 4727 */
#define HS_EXPERIMENT_HIGH 0x48		/* RFC 6994: the two bytes after kind and length say whose experiment it is */
#define HS_EXPERIMENT_LOW 0x53
#define HS_OPTION_HEADER 4
#define HS_OPTION_FAST_OPEN 34		/* RFC 7413, 4.1.1: kind, length, and a cookie of 4 to 16 bytes, or none to ask for one */
#define HS_COOKIE_MIN 4
#define HS_COOKIE_MAX 16

/* What was found among the options; 0 or more is where ours begins. */
#define HS_NO_OPTION -1
#define HS_BAD_OPTIONS -2

struct hs_options {
	__u8 bytes[64];		/* HS_OPTIONS_MAX are used; a power of two bounds an index by a mask */
	__u32 length;
	__u32 at;
	__s32 found;
	__u32 cookie;		/* 1: there is a Fast Open cookie, which makes data in a SYN worth a look */
};

#define HS_BYTE(options, at) ((options)->bytes[(at) & 63])

/* One option of the walk: 1 ends it. */
static long hs_step_option(__u32 step, void *context)
{
	struct hs_options *options = context;
	__u32 at = options->at;
	__u8 kind, length;

	(void)step;
	if (at >= options->length)
		return 1;
	kind = HS_BYTE(options, at);
	if (kind == HS_OPTION_END)
		return 1;
	if (kind == HS_OPTION_PADDING) {
		options->at = at + 1;
		return 0;
	}
	length = HS_BYTE(options, at + 1);
	if (at + 1 >= options->length || length < 2 || at + length > options->length) {
		options->found = HS_BAD_OPTIONS;
		return 1;
	}
	if (kind == HS_OPTION_EXPERIMENT && length >= HS_OPTION_HEADER && options->found == HS_NO_OPTION &&
	    HS_BYTE(options, at + 2) == HS_EXPERIMENT_HIGH && HS_BYTE(options, at + 3) == HS_EXPERIMENT_LOW)
		options->found = at;
	if (kind == HS_OPTION_FAST_OPEN && length >= 2 + HS_COOKIE_MIN && length <= 2 + HS_COOKIE_MAX)
		options->cookie = 1;
	options->at = at + length;
	return 0;
}

/* Finds the function of an id; HS_SHARED when there is no such id. `length` is the whole option's. */
static __always_inline __u32 hs_find_id(enum hs_hook hook, struct hs_syn_id *id, __u32 length)
{
	__u32 *function;

	if (length <= HS_OPTION_HEADER || length > HS_OPTION_HEADER + HS_SYN_ID_MAX) {
		hs_count(hook, HS_OUTCOME_MALFORMED_ID);
		return HS_SHARED;
	}
	id->length = length - HS_OPTION_HEADER;
	function = bpf_map_lookup_elem(&syn_ids, id);
	if (function)
		return *function;
	hs_count(hook, HS_OUTCOME_UNKNOWN_ID);
	return HS_SHARED;
}

/* The function that the id among these options names, wherever it stands; else HS_SHARED. */
static __always_inline __u32 hs_read_id(enum hs_hook hook, struct hs_options *options)
{
	struct hs_syn_id id = {};
	__u32 length;

	options->at = 0;
	options->found = HS_NO_OPTION;
	options->cookie = 0;
	bpf_loop(HS_OPTIONS_MAX, hs_step_option, options, 0);
	if (options->found == HS_NO_OPTION)
		return HS_SHARED;
	if (options->found == HS_BAD_OPTIONS) {
		hs_count(hook, HS_OUTCOME_MALFORMED_ID);
		return HS_SHARED;
	}
	length = HS_BYTE(options, options->found + 1);
#pragma unroll
	for (__u32 i = 0; i < HS_SYN_ID_MAX; i++)
		if (HS_OPTION_HEADER + i < length)
			id.text[i] = HS_BYTE(options, options->found + HS_OPTION_HEADER + i);
	return hs_find_id(hook, &id, length);
}

/*
 * The function that this client asked for last, or else its group did, while what its group asks for next is guessed right
 * often enough; else HS_SHARED. The source of a SYN is not proven: who forges it wakes what its owner would.
 */
static __always_inline __u32 hs_find_client(const struct hs_flow *flow)
{
	struct hs_client key = { .bits = 128 };
	struct hs_client_memory *client, *group;

	if (!hs_config.returning)
		return HS_SHARED;
	__builtin_memcpy(key.address, flow->remote_address, 16);
	client = bpf_map_lookup_elem(&clients, &key);
	if (hs_is_v4_mapped(key.address)) {
		key.address[15] = 0;
		key.bits = 120;
	} else {
		__builtin_memset(key.address + 8, 0, 8);
		key.bits = 64;
	}
	group = bpf_map_lookup_elem(&clients, &key);
	if (!group || !group->usable)
		return HS_SHARED;
	return client ? client->function : group->function;
}

#endif
