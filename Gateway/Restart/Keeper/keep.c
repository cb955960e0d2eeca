/*
 * Keeps a gateway's listening sockets, and what else it gives, until the next gateway asks for them or the time is over. Connections wait in the sockets' queues meanwhile.
 * It is no gateway, so that the old one's memory and files are free while the new one starts.
 *
 *   keep NAME MILLISECONDS     NAME: of the abstract unix socket where gateways meet
 *
 * What goes over the socket is in Gateway/Restart/Frame.cs and DescriptorChannel.cs. The frames are kept and repeated as they are: the first has the sockets, and the first
 * of its descriptors is the meeting place itself, on which this program is heard then; the next gateway gets the others once it listens. When the time is over everything
 * closes by this program's end, and the guards of functions end these.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { PROTOCOL = 0x31525348, HELLO = 1, KEEP = 2, SOCKETS = 3, READY = 5, END = 7 };
enum { LOT = 128, MOST_BODY = 16 << 20, MOST_DESCRIPTORS = 100000, PROMPT_SECONDS = 5, START_MILLISECONDS = 30000 };

struct header {
	uint32_t protocol, kind, body, descriptors;
};

struct frame {
	struct header header;
	char *body;
	int *descriptors;
	struct frame *next;
};

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

static int read_all(int socket, void *data, size_t length)
{
	for (char *at = data; length > 0;) {
		ssize_t got = recv(socket, at, length, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		at += got;
		length -= got;
	}
	return 0;
}

static int write_all(int socket, const void *data, size_t length)
{
	for (const char *at = data; length > 0;) {
		ssize_t sent = send(socket, at, length, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -1;
		at += sent;
		length -= sent;
	}
	return 0;
}

/* One byte carries each lot. Returns how many descriptors came, or -1. */
static int read_lot(int socket, int *descriptors, uint32_t room)
{
	char mark, control[CMSG_SPACE(LOT * sizeof(int))];
	struct iovec vector = { &mark, 1 };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	uint32_t count;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return -1;
	count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	if (count > room)
		return -1;
	memcpy(descriptors, CMSG_DATA(header), count * sizeof(int));
	return count;
}

static int write_lot(int socket, const int *descriptors, uint32_t count)
{
	char mark = 0, control[CMSG_SPACE(LOT * sizeof(int))] = { 0 };
	struct iovec vector = { &mark, 1 };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	memcpy(CMSG_DATA(header), descriptors, count * sizeof(int));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static struct frame *read_frame(int socket)
{
	struct frame *frame = calloc(1, sizeof(*frame));
	struct header *header;

	if (!frame || read_all(socket, &frame->header, sizeof(frame->header)))
		return NULL;
	header = &frame->header;
	if (header->protocol != PROTOCOL || header->body > MOST_BODY || header->descriptors > MOST_DESCRIPTORS)
		return NULL;
	frame->body = malloc(header->body + 1);
	frame->descriptors = malloc((header->descriptors + 1) * sizeof(int));
	if (!frame->body || !frame->descriptors)
		return NULL;
	for (uint32_t have = 0; have < header->descriptors;) {
		int got = read_lot(socket, frame->descriptors + have, header->descriptors - have);

		if (got <= 0)
			return NULL;
		have += got;
	}
	return read_all(socket, frame->body, header->body) ? NULL : frame;
}

static int write_frame(int socket, const struct frame *frame)
{
	const struct header *header = &frame->header;

	if (write_all(socket, header, sizeof(*header)))
		return -1;
	for (uint32_t sent = 0; sent < header->descriptors; sent += LOT) {
		uint32_t left = header->descriptors - sent;

		if (write_lot(socket, frame->descriptors + sent, left < LOT ? left : LOT))
			return -1;
	}
	return write_all(socket, frame->body, header->body);
}

static void limit(int socket, int milliseconds)
{
	struct timeval time = { milliseconds / 1000, milliseconds % 1000 * 1000 };

	setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
}

/* Asks the gateway that ends for everything. */
static struct frame *fill(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct header keep = { PROTOCOL, KEEP, 0, 0 };
	struct frame *first = NULL, **last = &first;
	size_t length = strlen(name);
	int gateway = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (gateway < 0 || length + 1 > sizeof(address.sun_path))
		return NULL;
	memcpy(address.sun_path + 1, name, length);
	if (connect(gateway, (struct sockaddr *)&address, offsetof(struct sockaddr_un, sun_path) + 1 + length) || write_all(gateway, &keep, sizeof(keep)))
		return NULL;
	do {
		*last = read_frame(gateway);
		if (!*last)
			return NULL;
		if ((*last)->header.kind == END)
			break;
		last = &(*last)->next;
	} while (1);
	close(gateway);
	return first->header.kind == SOCKETS && first->header.descriptors > 0 ? first : NULL;
}

static int is_own_user(int socket)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == geteuid();
}

/* Returns 1 if the next gateway has everything, 0 if it did not get to listen. */
static int serve(int next, const struct frame *first)
{
	struct frame *asked, *ready;

	limit(next, PROMPT_SECONDS * 1000);
	if (!is_own_user(next) || !(asked = read_frame(next)) || asked->header.kind != HELLO || write_frame(next, first))
		return 0;
	limit(next, START_MILLISECONDS);
	if (!(ready = read_frame(next)) || ready->header.kind != READY)
		return 0;
	for (const struct frame *frame = first->next; frame; frame = frame->next)
		if (write_frame(next, frame))
			break;
	return 1;
}

int main(int argc, char **argv)
{
	struct frame *first;
	int64_t end;
	int nothing;

	if (argc != 3)
		return 2;
	setsid();
	nothing = open("/dev/null", O_RDWR);
	for (int descriptor = 0; descriptor < 3; descriptor++)
		dup2(nothing, descriptor);
	if (nothing > 2)
		close(nothing);
	if (chdir("/"))
		return 1;
	end = now() + atoll(argv[2]);
	first = fill(argv[1]);
	if (!first)
		return 1;
	while (now() < end) {
		/* The gateway has made the socket non-blocking, so that one that has gone meanwhile does not hold this up. */
		struct pollfd waiting = { .fd = first->descriptors[0], .events = POLLIN };
		int next;

		if (poll(&waiting, 1, end - now()) <= 0)
			continue;
		next = accept4(first->descriptors[0], NULL, NULL, SOCK_CLOEXEC);
		if (next < 0)
			continue;
		if (serve(next, first))
			return 0;
		close(next);
	}
	return 0;
}
