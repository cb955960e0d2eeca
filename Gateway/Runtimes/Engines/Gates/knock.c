/*
 * The gate of a container on an engine of another machine, where the gateway has no files. As gate.c it is the entry point in place of the image's
 * own, waits until the gateway says go, and then executes the program in its own place.
 *
 *   knock PORT PROGRAM ARGUMENT...
 *
 * The gateway puts it into the container's root with the file "word" beside it, anew before each start: one letter, and a secret. With the letter
 * "g" the program is executed at once. With "w" this listens on the port, which is the program's own, so that it needs no other one, until somebody
 * sends the secret, the whole of it and nothing else, and closes that side of the connection. The answer is one byte.
 *
 * Nobody else gets through, keeps the gateway out by connecting and saying nothing, or learns anything: every connection is closed by a reset.
 * No socket is left then, either: a connection in TIME_WAIT or LAST_ACK would hold the port against a program that does not set SO_REUSEADDR.
 *
 * Exit code 1: somebody else has the port. 126: the port may not be had, or there is no word.
 */
#include <asm/socket.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/poll.h>

#include "program.h"

#define WORD "/.headstart/word"
#define GO 'g'
#define SECRET 32 /* bytes */
#define MOST 8 /* connections at once */
#define BACKLOG 16
#define LAST_PORT 65535

/* bits/socket.h, which is the C library's. These are the same on x86-64 and 64-bit ARM. */
#define INET 2 /* AF_INET */
#define INET6 10 /* AF_INET6 */
#define STREAM 1 /* SOCK_STREAM */
#define NONBLOCK 0x800 /* SOCK_NONBLOCK */
#define CLOEXEC 0x80000 /* SOCK_CLOEXEC */
#define NOSIGNAL 0x4000 /* MSG_NOSIGNAL */
#define ANYWHERE 0 /* INADDR_ANY */

struct connection {
	int socket;
	int got; /* bytes */
	unsigned char said[SECRET + 1];
};

static struct connection connections[MOST];
static int count;

/* The first byte is the letter. */
static unsigned char word[1 + SECRET];

static void read_word(void)
{
	long file = call(__NR_openat, AT_FDCWD, (long)WORD, O_RDONLY | O_CLOEXEC, 0, 0);

	if (file < 0 || call(__NR_read, file, (long)word, sizeof word, 0, 0) != sizeof word)
		fail(126, WORD, "the gate may not read its word, or has none");
	call(__NR_close, file, 0, 0, 0, 0);
}

static int port_of(const char *text)
{
	int port = 0;

	for (; *text >= '0' && *text <= '9' && port <= LAST_PORT; text++)
		port = port * 10 + (*text - '0');
	if (*text || port == 0 || port > LAST_PORT)
		fail(126, text, "not a port");
	return port;
}

static void set(long socket, int level, int option, int value)
{
	call(__NR_setsockopt, socket, level, option, (long)&value, sizeof value);
}

/* On every address, as most programs listen: by one socket for both families, or where there is no IPv6 for the other. */
static int listen_on(const char *text)
{
	unsigned short port = __builtin_bswap16((unsigned short)port_of(text)); /* both architectures are little-endian */
	struct sockaddr_in6 both = { .sin6_family = INET6, .sin6_port = port };
	struct sockaddr_in one = { .sin_family = INET, .sin_port = port, .sin_addr = { ANYWHERE } };
	long listener = call(__NR_socket, INET6, STREAM | NONBLOCK | CLOEXEC, 0, 0, 0), error = listener;

	if (listener >= 0) {
		/* Connections of the run before may be left in the same network namespace. */
		set(listener, SOL_SOCKET, SO_REUSEADDR, 1);
		set(listener, IPPROTO_IPV6, IPV6_V6ONLY, 0);
		error = call(__NR_bind, listener, (long)&both, sizeof both, 0, 0);
		if (error != 0)
			call(__NR_close, listener, 0, 0, 0, 0);
	}
	if (error < 0 && error != -EADDRINUSE && error != -EACCES) {
		listener = call(__NR_socket, INET, STREAM | NONBLOCK | CLOEXEC, 0, 0, 0);
		set(listener, SOL_SOCKET, SO_REUSEADDR, 1);
		error = listener < 0 ? listener : call(__NR_bind, listener, (long)&one, sizeof one, 0, 0);
	}
	if (error == 0)
		error = call(__NR_listen, listener, BACKLOG, 0, 0, 0);
	if (error == -EADDRINUSE)
		fail(1, text, "the port is taken");
	if (error != 0)
		fail(126, text, error == -EACCES ? "the container's user may not listen on this port" : "the gate cannot listen on this port");
	return listener;
}

/* By a reset: what it was does not matter to anybody, and nothing of it may stay on the port. */
static void close_connection(int which)
{
	struct { int on, seconds; } linger = { 1, 0 };

	call(__NR_setsockopt, connections[which].socket, SOL_SOCKET, SO_LINGER, (long)&linger, sizeof linger);
	call(__NR_close, connections[which].socket, 0, 0, 0, 0);
	for (count--; which < count; which++)
		connections[which] = connections[which + 1];
}

static void accept_one(int listener)
{
	long socket = call(__NR_accept4, listener, 0, 0, NONBLOCK | CLOEXEC, 0);

	if (socket < 0)
		return;
	if (count == MOST)
		close_connection(0); /* the oldest */
	connections[count].socket = socket;
	connections[count].got = 0;
	count++;
}

/* Takes as long for a secret that is wrong in its first byte as for one that is wrong in its last. */
static int is_secret(const unsigned char *said)
{
	unsigned char differs = 0;
	int at;

	for (at = 0; at < SECRET; at++)
		differs |= said[at] ^ ((volatile unsigned char *)word)[1 + at];
	return differs == 0;
}

/* Returns whether this is the word to go. A connection that cannot become one is closed. */
static int hear(int which)
{
	struct connection *from = &connections[which];
	long got = call(__NR_read, from->socket, (long)(from->said + from->got), sizeof from->said - from->got, 0, 0);

	if (got == -EAGAIN || got == -EINTR)
		return 0;
	if (got == 0 && from->got == SECRET && is_secret(from->said))
		return 1;
	if (got > 0)
		from->got += got;
	if (got <= 0 || from->got > SECRET)
		close_connection(which);
	return 0;
}

/*
 * Sleeps until the word comes. The port is free before the answer is sent, so that who has it and then finds somebody listening on the port has
 * found the program. The other side has closed its end by then: a reset takes nothing from it but an answer that got lost.
 */
static void await_word(int listener)
{
	struct pollfd waits[1 + MOST];
	int which, known, go = -1;

	while (go < 0) {
		known = count;
		for (which = 0; which <= known; which++) {
			waits[which].fd = which == known ? listener : connections[which].socket;
			waits[which].events = POLLIN;
			waits[which].revents = 0;
		}
		call(__NR_ppoll, (long)waits, known + 1, 0, 0, 0);
		/* From the last one, because one that is closed moves those after it. */
		for (which = known - 1; which >= 0 && go < 0; which--)
			if (waits[which].revents && hear(which))
				go = which;
		if (go < 0 && waits[known].revents)
			accept_one(listener);
	}
	call(__NR_close, listener, 0, 0, 0, 0);
	call(__NR_sendto, connections[go].socket, (long)"g", 1, NOSIGNAL, 0);
	while (count > 0)
		close_connection(count - 1);
}

__attribute__((used, noreturn)) void begin(unsigned long *stack)
{
	char **arguments = (char **)(stack + 1);
	char **environment = arguments + stack[0] + 1;

	if (stack[0] < 3) {
		say("knock PORT PROGRAM ARGUMENT...\n");
		end(2);
	}
	read_word();
	if (word[0] != GO) {
		catch_signals();
		await_word(listen_on(arguments[1]));
		release_signals();
	}
	execute_by_name(arguments + 2, environment);
}
