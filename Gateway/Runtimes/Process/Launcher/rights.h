/* What of the gateway's rights and state a function's program does not get. */
#ifndef HEADSTART_RIGHTS_H
#define HEADSTART_RIGHTS_H

#include <sys/resource.h>
#include <sys/types.h>

/* The hierarchies of cgroup v1 with limits are two. */
#define MOST_JOINED 8

struct options {
	const char *cgroup;
	const char *joined[MOST_JOINED];
	int joined_count;
	int waits;
	const char *directory;
	int changes_user;
	uid_t uid;
	gid_t gid;
	rlim_t descriptors;
};

/* Writes one line to the standard error, which is the program's last words to the gateway, and returns the exit code of what cannot be executed. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Closes all descriptors but the standard ones. */
void close_descriptors(void);

/* Gives every signal its default meaning, and blocks none. */
void restore_signals(void);

/* Gives all capabilities up, for good. Returns 0, or else an exit code. */
int drop_capabilities(void);

/* Takes from this process whatever its program is not to have. Returns 0, or else an exit code. */
int limit_rights(const struct options *options);

#endif
