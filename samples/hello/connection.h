/* One client: what it sent, what it will get, and what it waits for. */
#ifndef HELLO_CONNECTION_H
#define HELLO_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "buffer.h"

enum state {
	READING_HEAD,
	READING_BODY,
	WAITING,   /* the answer is due at `due` */
	STREAMING, /* the next piece is due at `due` */
	SENDING,   /* the next bytes follow when `out` has gone */
	WEBSOCKET,
	CLOSING, /* what is in `out` is the last */
};

enum route {
	ROUTE_ROOT,
	ROUTE_HEALTH,
	ROUTE_ECHO,
	ROUTE_SLOW,
	ROUTE_STREAM,
	ROUTE_BYTES,
	ROUTE_CRASH,
	ROUTE_WEBSOCKET,
	ROUTE_UNKNOWN,
};

/* Where the body ends: RFC 9112, section 6. */
enum framing {
	BODY_LENGTH,
	BODY_CHUNK_SIZE,
	BODY_CHUNK_DATA,
	BODY_CHUNK_END,
	BODY_TRAILER,
};

struct request {
	enum route route;
	bool head;       /* method HEAD: no body in the answer */
	bool keep_alive; /* another request may follow */
	bool expects_continue;
	bool upgrades;       /* Upgrade: websocket */
	char websocket_key[64];
	enum framing framing;
	uint64_t body_left; /* of the body, or of the chunk */
	long wait_ms;
	long pieces_left;
	long bytes_left;
};

struct connection {
	int fd;
	enum state state;
	bool busy; /* it counts in server.in_flight */
	struct request request;
	int64_t due; /* CLOCK_MONOTONIC, nanoseconds; INT64_MAX: nothing is due */
	struct buffer in;
	struct buffer out;
	struct buffer body; /* of /echo */
};

/* What all connections share. */
struct server {
	char instance[64]; /* X-Instance: <pid>-<start, ns since the epoch> */
	int64_t ready_at;  /* before it, every answer is 503 */
	unsigned in_flight;
	unsigned most_in_flight; /* X-Most-In-Flight */
};

extern struct server server;

int64_t monotonic_ns(void);

/* Bytes came, or time passed: go on as far as possible. */
void connection_advance(struct connection *c);
/* Counts the request that the connection has, or has no more. */
void connection_count(struct connection *c, bool busy);

/* http.c: false: the head is not complete yet. An unusable head makes the state CLOSING. */
bool http_parse_head(struct connection *c);
/* http.c: consumes body bytes; true: the body is complete. */
bool http_read_body(struct connection *c);
/* http.c: status line, headers and body. */
void http_respond(struct connection *c, const char *status, const void *body, size_t size);
void http_start_stream(struct connection *c);
void http_stream_piece(struct connection *c);
void http_start_bytes(struct connection *c);
void http_send_bytes(struct connection *c);

/* websocket.c: RFC 6455, handshake and frames. */
void websocket_accept(struct connection *c);
void websocket_advance(struct connection *c);

/* sha1.c: RFC 3174. */
void sha1(const void *data, size_t size, uint8_t digest[20]);

#endif
