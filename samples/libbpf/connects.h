/* SPDX-License-Identifier: MIT */
/* What connects.bpf.c writes and Connect.cs reads. */
#ifndef CONNECTS_H
#define CONNECTS_H

struct connect {
	__u32 address; /* network byte order */
	__u16 port;
	__u16 protocol;
	char command[16];
};

#endif
