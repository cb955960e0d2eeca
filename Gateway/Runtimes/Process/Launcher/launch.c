/*
 * Becomes a function's program, inside its cgroup and in a session of its own. A shell and setsid(1) would do the same with
 * two more dynamically linked programs to load, each of which costs a cold start about two milliseconds.
 *
 *   launch CGROUP-PROCS PROGRAM ARGUMENT...     CGROUP-PROCS may be empty: no cgroup
 *
 * Exit codes are a shell's: 126 it cannot be executed, 127 it is not there.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int join(const char *procs)
{
	/* cgroup-v2.rst, "Processes": 0 is the writer itself. */
	int fd = open(procs, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "0", 1) == 1;
}

/* .NET ignores SIGPIPE, and what is ignored stays so over execve(2); programs expect the default. */
static void restore_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fputs("launch CGROUP-PROCS PROGRAM ARGUMENT...\n", stderr);
		return 2;
	}
	if (*argv[1] && !join(argv[1])) {
		fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 126;
	}
	/* A session of its own keeps the terminal's Ctrl-C from the functions, which the gateway drains first. */
	setsid();
	restore_signals();
	execvp(argv[2], argv + 2);
	fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
