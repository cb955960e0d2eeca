/*
 * The gate of a container: the gateway makes it the entry point in place of the image's own. It waits until the gateway says go, and then
 * executes the program in its own place. So the sandbox (namespaces, cgroup, mounts) stands before the program is wanted, and a start costs an exec.
 *
 *   gate PROGRAM ARGUMENT...
 *
 * It is mounted with the pipe "go" beside it, read-only, and needs nothing else: no library (an image may have none, or those of another
 * C library), no right (to read the pipe is everybody's), no port, no gateway (one that dies and comes back finds it waiting).
 *
 * Whoever opens the pipe for writing without waiting learns whether a gate waits: ENXIO if none does (fifo(7)). One byte is the word to go.
 */
#include <linux/poll.h>

#include "program.h"

#define PIPE "/dev/.headstart/go"
#define GO 'g'

static int open_pipe(void)
{
	long pipe = call(__NR_openat, AT_FDCWD, (long)PIPE, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0, 0);

	if (pipe < 0)
		fail(126, PIPE, pipe == -EACCES ? "the gate may not read its pipe" : "the gate has no pipe");
	return pipe;
}

/*
 * Sleeps until the word comes. A writer that leaves without one (it has looked whether a gate waits) makes the pipe ready for ever, so it is opened
 * anew; the old descriptor stays open for as long, so that at every moment somebody who looks finds a reader.
 */
static void await_word(void)
{
	int pipe = open_pipe(), next;
	struct pollfd wait;
	char word;
	long got;

	for (;;) {
		wait.fd = pipe;
		wait.events = POLLIN;
		wait.revents = 0;
		call(__NR_ppoll, (long)&wait, 1, 0, 0, 0);
		got = call(__NR_read, pipe, (long)&word, 1, 0, 0);
		if (got == 1 && word == GO)
			break;
		if (got == 0) {
			next = open_pipe();
			call(__NR_close, pipe, 0, 0, 0, 0);
			pipe = next;
		}
	}
	call(__NR_close, pipe, 0, 0, 0, 0);
}

__attribute__((used, noreturn)) void begin(unsigned long *stack)
{
	char **arguments = (char **)(stack + 1);
	char **environment = arguments + stack[0] + 1;

	if (stack[0] < 2) {
		say("gate PROGRAM ARGUMENT...\n");
		end(2);
	}
	catch_signals();
	await_word();
	release_signals();
	execute_by_name(arguments + 1, environment);
}
