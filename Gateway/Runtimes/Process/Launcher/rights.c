/* rights.h */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rights.h"

#ifndef SYS_close_range
#define SYS_close_range 436 /* on every architecture, since Linux 5.9 */
#endif

/* systemd's defaults for services (DefaultLimitNOFILE=1024:524288): select(2) fails with more, so only who asks gets more. */
#define DESCRIPTORS_SOFT 1024
#define DESCRIPTORS_HARD 524288

int fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return 126;
}

/* .NET ignores SIGPIPE, a shell that nohup(1) started SIGHUP, and what is ignored stays so over execve(2); programs expect the defaults. */
void restore_signals(void)
{
	sigset_t none;
	int number;

	for (number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The gateway's sockets, maps and certificates are closed on execve(2) already. This is for one that is not. */
void close_descriptors(void)
{
	int number;

	if (syscall(SYS_close_range, 3, ~0U, 0) != 0)
		for (number = 3; number < 4096; number++)
			close(number);
}

/*
 * Programs open /dev/stdout and /dev/stderr, which opens the pipe by its mode, and that is its maker's alone. Others cannot
 * get at it: the way there is /proc/PID/fd, which the kernel guards like ptrace(2).
 */
static void open_pipes(void)
{
	struct stat stat;
	int number;

	for (number = STDOUT_FILENO; number <= STDERR_FILENO; number++)
		if (fstat(number, &stat) == 0 && S_ISFIFO(stat.st_mode))
			fchmod(number, 0622);
}

static int limit_resources(const struct options *options)
{
	struct rlimit limit, own;

	/* The gateway's limit has been raised for its connections. */
	getrlimit(RLIMIT_NOFILE, &own);
	if (options->descriptors)
		limit = (struct rlimit){ options->descriptors, options->descriptors };
	else
		limit = (struct rlimit){ DESCRIPTORS_SOFT, own.rlim_max < DESCRIPTORS_HARD ? own.rlim_max : DESCRIPTORS_HARD };
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return fail("%llu descriptors are more than the gateway itself may have (%llu): %s", (unsigned long long)limit.rlim_max,
			    (unsigned long long)own.rlim_max, strerror(errno));

	/* What a function holds in its memory is not for a file. It may raise this itself. */
	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &limit);
	return 0;
}

static int become_user(const struct options *options)
{
	/* Without CAP_SETGID this fails where there are groups; the gateway has told so (event 3003). */
	if (!options->changes_user) {
		setgroups(0, NULL);
		return 0;
	}
	if (setgroups(0, NULL) != 0)
		return fail("the gateway's groups cannot be given up: %s; it needs CAP_SETGID", strerror(errno));
	if (setresgid(options->gid, options->gid, options->gid) != 0)
		return fail("group %u: %s; the gateway needs CAP_SETGID", options->gid, strerror(errno));
	if (setresuid(options->uid, options->uid, options->uid) != 0)
		return fail("user %u: %s; the gateway needs CAP_SETUID", options->uid, strerror(errno));
	return 0;
}

/* Before the user changes, since that needs CAP_SETPCAP. Without it no_new_privs alone keeps execve(2) from giving what is in the set. */
static void empty_bounding_set(void)
{
	int capability;

	for (capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
		prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

/* After the user has changed. A change between two users that are not root keeps all capabilities (capabilities(7)). */
int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (syscall(SYS_capset, &header, none) != 0)
		return fail("the gateway's capabilities cannot be given up: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail("no_new_privs cannot be set: %s", strerror(errno));
	return 0;
}

int limit_rights(const struct options *options)
{
	open_pipes();
	empty_bounding_set();
	return limit_resources(options) || become_user(options) || drop_capabilities();
}
