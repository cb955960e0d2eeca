/*
 * Starts a function's program inside its cgroups, in a session of its own, as its user, and without anything of the gateway's:
 * no capability, no supplementary group, no descriptor but 0 to 2. A shell, setsid(1) and setpriv(1) would do much the same
 * with dynamically linked programs to load, each of which costs a cold start about two milliseconds.
 *
 *   launch [-w] [-d DIRECTORY] [-c CGROUP] [-j PROCS]... [-u UID:GID] [-n DESCRIPTORS] [--] PROGRAM ARGUMENT...
 *
 *   -w              waits, all but executed, for a line NAME=VALUE on its input, which it puts into the program's environment;
 *                   if the input ends without one it ends too: its gateway is gone
 *   -d DIRECTORY    after the wait, goes to where that path leads by then; where its user may not go, it stays where it was started
 *   -c CGROUP       a directory of cgroup v2, in which the program is born
 *   -j PROCS        a cgroup.procs file of cgroup v1, by which the program joins
 *   -u UID:GID      becomes that user and group; left out: stays the gateway's
 *   -n DESCRIPTORS  the most that one process may have; left out: 1024, which it may raise to 524288
 *
 * Exit codes are a shell's: the program's own, 128 and the signal that ended it, 126 it cannot be executed, 127 it is not there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rights.h"

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

/* cgroup-v2.rst, "Processes": 0 is the writer itself. So it is in v1. */
static int join(int directory, const char *procs)
{
	int file = openat(directory, procs, O_WRONLY | O_CLOEXEC);

	return file >= 0 && write(file, "0", 1) == 1;
}

/* Stays for the one thing that its parent knows it by: the exit code. */
static int wait_for(pid_t child)
{
	int status;

	/* To wait needs no rights. */
	drop_capabilities();
	/* The end of the program's output is its own to tell. */
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 126;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The line stays where it is, since the environment refers to it (putenv(3)). It is read by the byte, so that nothing of the program's input is. */
static int await_word(void)
{
	static char line[64];
	size_t length = 0;

	for (;;) {
		ssize_t got = read(STDIN_FILENO, line + length, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got != 1 || length == sizeof(line) - 1)
			return 0;
		if (line[length] == '\n')
			break;
		length++;
	}
	line[length] = '\0';
	return strchr(line, '=') && putenv(line) == 0;
}

static int execute(const struct options *options, char **program)
{
	int number, error;

	for (number = 0; number < options->joined_count; number++)
		if (!join(AT_FDCWD, options->joined[number]))
			return fail("%s: %s", options->joined[number], strerror(errno));
	if (limit_rights(options) != 0)
		return 126;
	/* Who possesses a keyring may use its keys, whatever its user is. Where there are no keyrings there is nothing to leave. */
	syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	umask(022);
	if (options->waits && !await_word())
		return 0;
	if (options->directory && chdir(options->directory) != 0 && errno != EACCES)
		return fail("%s: %s", options->directory, strerror(errno));
	execvp(program[0], program);
	error = errno;
	if (error == EACCES && geteuid() != 0)
		return fail("%s: %s; user %u has to be allowed to execute it and to enter its folders", program[0], strerror(error), geteuid());
	fail("%s: %s", program[0], strerror(error));
	return error == ENOENT ? 127 : 126;
}

static int parse(int argc, char **argv, struct options *options)
{
	int option;

	/* + stops at the program, whose own options are its own. */
	while ((option = getopt(argc, argv, "+wd:c:j:u:n:")) != -1) {
		if (option == 'w')
			options->waits = 1;
		else if (option == 'd')
			options->directory = optarg;
		else if (option == 'c')
			options->cgroup = optarg;
		else if (option == 'j' && options->joined_count < MOST_JOINED)
			options->joined[options->joined_count++] = optarg;
		else if (option == 'u' && sscanf(optarg, "%u:%u", &options->uid, &options->gid) == 2)
			options->changes_user = 1;
		else if (option == 'n' && (options->descriptors = strtoul(optarg, NULL, 10)) > 0)
			continue;
		else
			return 0;
	}
	return optind < argc;
}

int main(int argc, char **argv)
{
	struct options options = { 0 };
	pid_t child = 0;
	int cgroup;

	close_descriptors();
	if (!parse(argc, argv, &options)) {
		fputs("launch [-w] [-d DIRECTORY] [-c CGROUP] [-j PROCS]... [-u UID:GID] [-n DESCRIPTORS] [--] PROGRAM ARGUMENT...\n", stderr);
		return 2;
	}
	/* A session of its own keeps the terminal's Ctrl-C from the functions, which the gateway drains first. */
	setsid();
	restore_signals();
	if (options.cgroup) {
		cgroup = open(options.cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (cgroup >= 0)
			child = clone_into(cgroup);
		if (child > 0)
			return wait_for(child);
		if (cgroup < 0 || (child < 0 && !join(cgroup, "cgroup.procs")))
			return fail("%s: %s", options.cgroup, strerror(errno));
		if (child == 0)
			setsid();
	}
	return execute(&options, argv + optind);
}
