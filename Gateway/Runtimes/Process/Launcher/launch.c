/*
 * Starts a function's program inside its cgroup and in a session of its own. A shell and setsid(1) would do the same with
 * two more dynamically linked programs to load, each of which costs a cold start about two milliseconds.
 *
 *   launch CGROUP PROGRAM ARGUMENT...     CGROUP, a directory, may be empty: no cgroup
 *
 * Exit codes are a shell's: the program's own, 128 and the signal that ended it, 126 it cannot be executed, 127 it is not there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL /* include/uapi/linux/sched.h, since Linux 5.7 */
#endif

/*
 * A child born in the cgroup. To move there instead waits for a grace period of the kernel's RCU (cgroup_attach_lock(),
 * kernel/cgroup/cgroup.c): 7 milliseconds of a cold start. Fails where the kernel is older, or a seccomp filter says no.
 */
static pid_t clone_into(int cgroup)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup,
	};

	return syscall(SYS_clone3, &args, sizeof(args));
}

static int move_into(int cgroup)
{
	/* cgroup-v2.rst, "Processes": 0 is the writer itself. */
	int procs = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);

	return procs >= 0 && write(procs, "0", 1) == 1;
}

/* Stays for the one thing that its parent knows it by: the exit code. */
static int wait_for(pid_t child)
{
	int status;

	/* The end of the program's output is its own to tell. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 126;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
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
	pid_t child = 0;
	int error;

	if (argc < 3) {
		fputs("launch CGROUP PROGRAM ARGUMENT...\n", stderr);
		return 2;
	}
	/* A session of its own keeps the terminal's Ctrl-C from the functions, which the gateway drains first. */
	setsid();
	restore_signals();
	if (*argv[1]) {
		int cgroup = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (cgroup >= 0)
			child = clone_into(cgroup);
		if (child > 0)
			return wait_for(child);
		if (cgroup < 0 || (child < 0 && !move_into(cgroup))) {
			fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
			return 126;
		}
		if (child == 0)
			setsid();
	}
	execvp(argv[2], argv + 2);
	error = errno;
	fprintf(stderr, "%s: %s\n", argv[2], strerror(error));
	return error == ENOENT ? 127 : 126;
}
