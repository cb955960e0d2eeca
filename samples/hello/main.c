/*
 * hello: a sample function. It starts in about a millisecond and lets the environment make it slower or worse:
 *   PORT             where it listens, default 8080
 *   LISTEN_PORT      where it listens instead
 *   LISTEN_ADDRESS   the one address that it listens on, IPv4 or IPv6, default all of both
 *   BOOT_MS          time asleep before listen()
 *   BOOT_BUSY_MS     time on the processor before listen()
 *   HOLD_MB          megabytes (10^6 bytes) that it fills before listen() and holds
 *   NO_REUSE         if it is set, SO_REUSEADDR is not
 *   LISTEN_DELAY_MS  time after listen() in which every answer is 503
 *   FAIL             exit code to end with instead of listening
 * SIGTERM ends it with 0.
 */
#include "connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE 16384
/* A client that does not read its answers is not read from either. */
#define OUT_LIMIT (1024 * 1024)
#define IN_LIMIT (32 * 1024 * 1024)

struct server server;

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int64_t monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void on_terminate(int signal)
{
	(void)signal;
	_exit(0);
}

static long number_from(const char *name, long otherwise)
{
	const char *text = getenv(name);
	char *end;

	if (!text || !*text)
		return otherwise;
	long value = strtol(text, &end, 10);
	if (*end || value < 0) {
		fprintf(stderr, "hello: %s is '%s'; it must be a whole number, 0 or more\n", name, text);
		exit(2);
	}
	return value;
}

/* As many connections as the system allows at all, not as the shell's default. */
static void raise_limit(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
}

static void hold(size_t bytes)
{
	char *held = bytes ? malloc(bytes) : NULL;

	if (bytes && !held)
		fail("HOLD_MB");
	/* Not zeros, which the system need not keep. */
	if (bytes)
		memset(held, 0x5a, bytes);
	/* Never freed: the compiler must not see that nobody reads it. */
	__asm__ volatile("" : : "r"(held) : "memory");
}

static void boot(void)
{
	long asleep = number_from("BOOT_MS", 0), busy = number_from("BOOT_BUSY_MS", 0);
	struct timespec rest = {asleep / 1000, asleep % 1000 * 1000000};

	while (asleep && nanosleep(&rest, &rest) != 0)
		;
	for (int64_t end = monotonic_ns() + busy * 1000000; monotonic_ns() < end;)
		;
	if (getenv("FAIL") && *getenv("FAIL")) {
		fprintf(stderr, "hello: failing as asked\n");
		exit((int)number_from("FAIL", 1));
	}
}

/* Both families on one socket, unless one address is asked for; IPv4 alone where IPv6 is off. */
static int listen_on(uint16_t port)
{
	struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(port)};
	const char *address = getenv("LISTEN_ADDRESS");
	int only4 = address && inet_pton(AF_INET, address, &any4.sin_addr) == 1;
	int on = 1, off = 0;
	int fd = only4 ? -1 : socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int six = fd >= 0;

	if (address && !only4 && inet_pton(AF_INET6, address, &any6.sin6_addr) != 1) {
		fprintf(stderr, "hello: LISTEN_ADDRESS is '%s'; it must be an IP address\n", address);
		exit(2);
	}
	if (!six)
		fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		fail("hello: socket");
	if (!getenv("NO_REUSE"))
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (six)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, six ? (void *)&any6 : (void *)&any4, six ? sizeof(any6) : sizeof(any4)) != 0)
		fail("hello: bind");
	if (listen(fd, 4096) != 0)
		fail("hello: listen");
	return fd;
}

/* False: the connection is over. */
static bool receive(struct connection *c)
{
	ssize_t size = read(c->fd, buffer_reserve(&c->in, READ_SIZE), READ_SIZE);

	if (size <= 0)
		return size < 0 && (errno == EAGAIN || errno == EINTR);
	c->in.end += (size_t)size;
	return true;
}

static bool transmit(struct connection *c)
{
	while (buffer_length(&c->out) > 0) {
		ssize_t size = write(c->fd, buffer_head(&c->out), buffer_length(&c->out));
		if (size < 0)
			return errno == EAGAIN || errno == EINTR;
		buffer_consume(&c->out, (size_t)size);
	}
	return c->state != CLOSING;
}

static bool serve(struct connection *c, short events)
{
	if (events & (POLLIN | POLLHUP | POLLERR) && !receive(c))
		return false;
	connection_advance(c);
	return transmit(c);
}

static struct connection *accept_on(int listener)
{
	int on = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return NULL;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	struct connection *c = calloc(1, sizeof(*c));
	if (!c)
		abort();
	c->fd = fd;
	c->due = INT64_MAX;
	return c;
}

static void drop(struct connection *c)
{
	connection_count(c, false);
	close(c->fd);
	buffer_free(&c->in);
	buffer_free(&c->out);
	buffer_free(&c->body);
	free(c);
}

static short interest(const struct connection *c)
{
	bool full = buffer_length(&c->out) > OUT_LIMIT || buffer_length(&c->in) > IN_LIMIT;

	return (short)((full ? 0 : POLLIN) | (buffer_length(&c->out) || c->state == SENDING ? POLLOUT : 0));
}

/* Waits for the first event or due moment. polls[0] is the listener, polls[i + 1] is all[i]. */
static void wait_for(struct connection **all, size_t count, struct pollfd *polls)
{
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < count; i++) {
		polls[i + 1] = (struct pollfd){.fd = all[i]->fd, .events = interest(all[i])};
		due = all[i]->due < due ? all[i]->due : due;
	}
	int64_t left = due - monotonic_ns();
	struct timespec timeout = {left > 0 ? left / 1000000000 : 0, left > 0 ? left % 1000000000 : 0};
	if (ppoll(polls, count + 1, due == INT64_MAX ? NULL : &timeout, NULL) < 0 && errno != EINTR)
		fail("hello: poll");
}

static void run(int listener)
{
	struct connection **all = NULL;
	struct pollfd *polls = NULL;
	size_t count = 0, room = 0;

	for (;;) {
		if (count + 1 >= room) {
			room = room ? room * 2 : 64;
			all = realloc(all, room * sizeof(struct connection *));
			polls = realloc(polls, (room + 1) * sizeof(struct pollfd));
			if (!all || !polls)
				abort();
		}
		polls[0] = (struct pollfd){.fd = listener, .events = POLLIN};
		wait_for(all, count, polls);

		/* Backwards: the last one moves into the place of one that ended. */
		for (size_t i = count; i-- > 0;)
			if (!serve(all[i], polls[i + 1].revents)) {
				drop(all[i]);
				all[i] = all[--count];
			}
		/* As many as there is room for; the rest of the backlog is still readable at the next turn. */
		struct connection *c;
		while (polls[0].revents && count < room - 1 && (c = accept_on(listener)))
			all[count++] = c;
	}
}

int main(void)
{
	struct sigaction terminate = {.sa_handler = on_terminate};

	/* As process 1 of a container there is no default action: without a handler SIGTERM does nothing. */
	sigaction(SIGTERM, &terminate, NULL);
	signal(SIGPIPE, SIG_IGN);
	snprintf(server.instance, sizeof(server.instance), "%d-%lld", getpid(), (long long)clock_ns(CLOCK_REALTIME));

	long port = number_from("LISTEN_PORT", number_from("PORT", 8080));
	if (port < 1 || port > 65535) {
		fprintf(stderr, "hello: PORT is %ld; it must be 1 to 65535\n", port);
		return 2;
	}
	long delay = number_from("LISTEN_DELAY_MS", 0);
	raise_limit();
	hold((size_t)number_from("HOLD_MB", 0) * 1000000);
	boot();
	int listener = listen_on((uint16_t)port);
	server.ready_at = monotonic_ns() + delay * 1000000;
	printf("hello: listening on port %ld\n", port);
	fflush(stdout);
	run(listener);
}
