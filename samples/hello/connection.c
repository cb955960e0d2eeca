#include "connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The request is complete: answer it, or say when. */
static void dispatch(struct connection *c)
{
	struct request *r = &c->request;

	if (monotonic_ns() < server.ready_at) {
		http_respond(c, "503 Service Unavailable", "not ready\n", 10);
		return;
	}
	switch (r->route) {
	case ROUTE_ROOT:
		http_respond(c, "200 OK", "hello\n", 6);
		break;
	case ROUTE_HEALTH:
		http_respond(c, "200 OK", "ok\n", 3);
		break;
	case ROUTE_ECHO:
		http_respond(c, "200 OK", buffer_head(&c->body), buffer_length(&c->body));
		break;
	case ROUTE_SLOW:
		c->state = WAITING;
		c->due = monotonic_ns() + r->wait_ms * 1000000;
		break;
	case ROUTE_STREAM:
		http_start_stream(c);
		c->state = STREAMING;
		c->due = monotonic_ns();
		break;
	case ROUTE_BYTES:
		http_start_bytes(c);
		c->state = SENDING;
		break;
	case ROUTE_CRASH:
		fprintf(stderr, "hello: crashing as asked\n");
		exit(1);
	case ROUTE_WEBSOCKET:
		websocket_accept(c);
		break;
	case ROUTE_UNKNOWN:
		http_respond(c, "404 Not Found", "not found\n", 10);
		break;
	}
}

/* A due moment has come. */
static void elapse(struct connection *c)
{
	struct request *r = &c->request;

	c->due = INT64_MAX;
	if (c->state == WAITING) {
		http_respond(c, "200 OK", "slow\n", 5);
		return;
	}
	http_stream_piece(c);
	if (c->state == STREAMING)
		c->due = monotonic_ns() + r->wait_ms * 1000000;
}

void connection_count(struct connection *c, bool busy)
{
	if (c->busy == busy)
		return;
	c->busy = busy;
	server.in_flight += busy ? 1 : -1;
	if (server.in_flight > server.most_in_flight)
		server.most_in_flight = server.in_flight;
}

void connection_advance(struct connection *c)
{
	for (;;) {
		connection_count(c, c->state != READING_HEAD && c->state != CLOSING);
		switch (c->state) {
		case READING_HEAD:
			if (!http_parse_head(c))
				return;
			break;
		case READING_BODY:
			if (!http_read_body(c))
				return;
			dispatch(c);
			break;
		case WAITING:
		case STREAMING:
			if (monotonic_ns() < c->due)
				return;
			elapse(c);
			break;
		case SENDING:
			if (buffer_length(&c->out) > 0 && c->request.bytes_left > 0)
				return;
			http_send_bytes(c);
			break;
		case WEBSOCKET:
			websocket_advance(c);
			return;
		case CLOSING:
			return;
		}
	}
}
