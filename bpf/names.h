/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * Finds what names the function on a shared address. It reads from a copy of the bytes, so that every hook can use it, however the hook
 * gets at them.
 */
#ifndef HEADSTART_NAMES_H
#define HEADSTART_NAMES_H

#include "signal.h"

#define HS_OPTIONS_MAX 40		/* RFC 9293, 3.1: fifteen words minus the five of the header */
#define HS_OPTION_END 0			/* RFC 9293, 3.2 */
#define HS_OPTION_PADDING 1
#define HS_OPTION_EXPERIMENT 253	/* RFC 4727 */
#define HS_EXPERIMENT_HIGH 0x48		/* RFC 6994: the two bytes after kind and length identify the experiment */
#define HS_EXPERIMENT_LOW 0x53
#define HS_OPTION_HEADER 4
#define HS_OPTION_FAST_OPEN 34		/* RFC 7413, 4.1.1: kind, length, and a cookie of 4 to 16 bytes, or none to ask for one */
#define HS_COOKIE_MIN 4
#define HS_COOKIE_MAX 16

/* What was found among the options. 0 or more is the offset of our option. */
#define HS_NO_OPTION -1
#define HS_BAD_OPTIONS -2

struct hs_options {
	__u8 bytes[64];		/* HS_OPTIONS_MAX are used; a power of two bounds an index by a mask */
	__u32 length;
	__u32 at;
	__s32 found;
	__u32 cookie;		/* 1: there is a Fast Open cookie, so data in the SYN is worth reading */
};

#define HS_BYTE(options, at) ((options)->bytes[(at) & 63])

/* Looks at one option. Returns 1 to end the walk. */
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

/* Finds the function of an id. Returns HS_SHARED if there is no such id. `length` is the length of the whole option. */
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

/* Finds the function that an id among the options names. Returns HS_SHARED if there is none. */
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
 * Finds the function that this client asked for last, or else the one that its group asked for last, as long as the predictions for the group
 * are right often enough. Returns HS_SHARED otherwise. The source of a SYN is not proven: a forged one wakes what its owner would wake.
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
