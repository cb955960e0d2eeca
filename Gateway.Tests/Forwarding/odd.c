/* A function with bad habits, told by MODE. Each answer is "<pid> <requests so far>"; a connection is a thread. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *mode = "";
static atomic_int requests;
static int listener = -1;
static int port;

static void listen_on_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
	int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(s, (struct sockaddr *)&address, sizeof address) || listen(s, 512))
		exit(3);
	listener = s;
}

static void reset(int s)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(s, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

/* Reads to the end of the head; the body is taken by who wants it. 0: the client has closed. */
static int read_head(int s, char *head, size_t room)
{
	size_t n = 0;

	while (n < room - 1 && recv(s, head + n, 1, 0) == 1) {
		head[++n] = 0;
		if (n >= 4 && memcmp(head + n - 4, "\r\n\r\n", 4) == 0)
			return 1;
	}
	return 0;
}

static void answer(int s, const char *status, const char *more)
{
	char body[64], text[256];
	int n = snprintf(body, sizeof body, "%d %d", getpid(), (int)requests);

	n = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s", status, n, more, body);
	send(s, text, n, MSG_NOSIGNAL);
}

static void *serve(void *argument)
{
	int s = (int)(long)argument;
	char head[16384];

	for (int turn = 1; read_head(s, head, sizeof head); turn++) {
		char *target = strchr(head, ' ') + 1;
		int number = ++requests;

		if (strncmp(target, "/plain", 6) == 0) {
			answer(s, "200 OK", "");
		} else if (strcmp(mode, "close-unanswered") == 0) {
			/* Every request of a path but the first is answered by the end of the connection. */
			if (number % 2 == 1)
				break;
			answer(s, "200 OK", "");
		} else if (strncmp(mode, "reused-", 7) == 0) {
			/* The first request of a connection is answered; the second is its end, unsaid. */
			if (turn == 2) {
				if (strcmp(mode, "reused-reset") == 0)
					reset(s);
				break;
			}
			answer(s, "200 OK", "");
		} else if (strncmp(mode, "early-", 6) == 0) {
			/* Answers before the body and closes with it unread: the client's next packet is met by a reset. */
			answer(s, mode + 6, "Connection: close\r\n");
			usleep(20000);
			break;
		} else if (strncmp(target, "/gap", 4) == 0) {
			/* Nobody listens for a while. */
			shutdown(listener, SHUT_RDWR);
			close(listener);
			answer(s, "200 OK", "Connection: close\r\n");
			close(s);
			usleep(500000);
			listen_on_port();
			return NULL;
		} else if (strncmp(target, "/silent", 7) == 0) {
			pause();
		} else if (strncmp(target, "/head", 5) == 0) {
			const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
			send(s, text, sizeof text - 1, MSG_NOSIGNAL);
			pause();
		} else if (strncmp(target, "/half", 5) == 0) {
			const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it";
			send(s, text, sizeof text - 1, MSG_NOSIGNAL);
			pause();
		} else if (strncmp(target, "/upgrade", 8) == 0) {
			const char text[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
			char byte;
			send(s, text, sizeof text - 1, MSG_NOSIGNAL);
			while (recv(s, &byte, 1, 0) == 1 && byte != '.')
				send(s, &byte, 1, MSG_NOSIGNAL);
			break;
		} else {
			answer(s, "200 OK", "");
		}
	}
	close(s);
	return NULL;
}

int main(void)
{
	const char *boot = getenv("BOOT_MS");

	signal(SIGPIPE, SIG_IGN);
	mode = getenv("MODE") ? getenv("MODE") : "";
	port = atoi(getenv("PORT"));
	usleep(1000 * (boot ? atoi(boot) : 0));
	listen_on_port();
	for (;;) {
		pthread_t thread;
		int s = accept(listener, NULL, NULL);

		if (s < 0) {
			usleep(1000);
			continue;
		}
		if (pthread_create(&thread, NULL, serve, (void *)(long)s) == 0)
			pthread_detach(thread);
	}
}
