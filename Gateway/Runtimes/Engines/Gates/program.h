/*
 * What the gates of containers share, however they are told to go: how a wait is ended, and how the program is found and executed in the gate's place.
 *
 * Exit codes are a shell's: the program's own, 128 and the signal that ended the wait, 126 it cannot be executed, 127 it is not there.
 */
#ifndef HEADSTART_PROGRAM_H
#define HEADSTART_PROGRAM_H

#include <asm/signal.h>
#include <asm/stat.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "call.h"

/* There is no C library, so what its headers would have is here. */
#define STDERR 2
#define RESTORER 0x04000000 /* SA_RESTORER */
#define SIGNALS 64 /* _NSIG of the kernel, asm/signal.h */
#define SIGNAL_SET 8 /* bytes of the kernel's sigset_t */
#define LONGEST_PATH 4096 /* linux/limits.h, PATH_MAX */
#define EXECUTABLE 1 /* X_OK of access(2) */
#define EFFECTIVE 0x200 /* AT_EACCESS of faccessat2(2) */

/* struct sigaction of the kernel (include/linux/signal_types.h), which is not the C library's. Both architectures have the restorer. */
struct action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

static unsigned long ignored;

static __attribute__((noreturn)) void end(int code)
{
	for (;;)
		call(__NR_exit_group, code, 0, 0, 0, 0);
}

static unsigned long length_of(const char *text)
{
	unsigned long length = 0;

	while (text[length])
		length++;
	return length;
}

static void say(const char *text)
{
	call(__NR_write, STDERR, (long)text, (long)length_of(text), 0, 0);
}

static __attribute__((noreturn)) void fail(int code, const char *what, const char *why)
{
	say("exec: \"");
	say(what);
	say("\": ");
	say(why);
	say("\n");
	end(code);
}

static void on_signal(int number)
{
	end(128 + number);
}

static long action_of(int number, const struct action *to, struct action *from)
{
	return call(__NR_rt_sigaction, number, (long)to, (long)from, SIGNAL_SET, 0);
}

/*
 * The first process of a PID namespace gets no signal that it has no handler for (pid_namespaces(7)), so without this nothing but SIGKILL would end
 * the wait. An image may choose any signal to be stopped by. What stops and continues, and a child's end, are not ways to end.
 */
static void catch_signals(void)
{
	struct action to = { on_signal, RESTORER, give_back, 0 }, from;
	int number;

	for (number = 1; number <= SIGNALS; number++) {
		if (number == SIGKILL || number == SIGCHLD || (number >= SIGCONT && number <= SIGTTOU))
			continue;
		from.handler = SIG_DFL;
		if (action_of(number, 0, &from) != 0)
			continue;
		if (from.handler == SIG_IGN)
			ignored |= 1UL << (number - 1);
		action_of(number, &to, 0);
	}
}

/* execve(2) gives what has a handler its default meaning. What was ignored stays so over it, and has to be so again. */
static void release_signals(void)
{
	struct action to = { SIG_DFL, 0, 0, 0 };
	int number;

	for (number = 1; number <= SIGNALS; number++)
		if (ignored & (1UL << (number - 1))) {
			to.handler = SIG_IGN;
			action_of(number, &to, 0);
		}
}

static int is_program(const char *path)
{
	struct stat found;
	long error = call(__NR_newfstatat, AT_FDCWD, (long)path, (long)&found, 0, 0);

	if (error != 0 || (found.st_mode & S_IFMT) == S_IFDIR)
		return 0;
	/* Since Linux 5.8; a seccomp filter that is older refuses what it does not know. */
	error = call(__NR_faccessat2, AT_FDCWD, (long)path, EXECUTABLE, EFFECTIVE, 0);
	return error == 0 || ((error == -ENOSYS || error == -EPERM) && (found.st_mode & 0111));
}

static __attribute__((noreturn)) void execute(const char *path, char **program, char **environment)
{
	long error = call(__NR_execve, (long)path, (long)program, (long)environment, 0, 0);

	switch (-error) {
	case ENOENT:
		fail(127, program[0], "no such file or directory");
	case EACCES:
		fail(126, program[0], "permission denied");
	case ENOEXEC:
		fail(126, program[0], "exec format error");
	case E2BIG:
		fail(126, program[0], "argument list too long");
	default:
		fail(126, program[0], "it cannot be executed");
	}
}

/* As runc and crun find a program (Go's os/exec, LookPath): a name without a slash in the directories of the container's own PATH. */
static __attribute__((noreturn)) void execute_by_name(char **program, char **environment)
{
	static char path[LONGEST_PATH];
	const char *name = program[0], *from = 0;
	unsigned long length = length_of(name), at;

	for (at = 0; name[at]; at++)
		if (name[at] == '/')
			execute(name, program, environment);
	for (at = 0; environment[at]; at++) {
		const char *variable = environment[at];

		if (variable[0] == 'P' && variable[1] == 'A' && variable[2] == 'T' && variable[3] == 'H' && variable[4] == '=') {
			from = variable + 5;
			break;
		}
	}
	while (from && *from && length) {
		unsigned long used = 0;

		while (*from && *from != ':' && used < LONGEST_PATH - 2)
			path[used++] = *from++;
		while (*from && *from != ':')
			from++;
		if (*from == ':')
			from++;
		if (used == 0)
			path[used++] = '.';
		path[used++] = '/';
		if (used + length >= LONGEST_PATH)
			continue;
		for (at = 0; at <= length; at++)
			path[used + at] = name[at];
		if (is_program(path))
			execute(path, program, environment);
	}
	fail(127, name, "executable file not found in $PATH");
}

#endif
