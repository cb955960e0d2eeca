/* HTTP/1.1 (RFC 9110, RFC 9112), as much as a small function needs. */
#include "connection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_LIMIT (32 * 1024)
#define ECHO_LIMIT (64 * 1024 * 1024)
#define STREAM_PIECE "piece\n"
/* Enough for a write to be worth its system call, and little enough to stay in a processor's cache. */
#define BYTES_PIECE (256 * 1024)

static void refuse(struct connection *c, const char *status)
{
	c->request.keep_alive = false;
	http_respond(c, status, "", 0);
}

static enum route route_of(const char *path)
{
	static const char *const paths[] = {
		[ROUTE_ROOT] = "/",         [ROUTE_HEALTH] = "/healthz", [ROUTE_ECHO] = "/echo",
		[ROUTE_SLOW] = "/slow",     [ROUTE_STREAM] = "/stream",  [ROUTE_CRASH] = "/crash",
		[ROUTE_WEBSOCKET] = "/ws",  [ROUTE_BYTES] = "/bytes",
	};

	for (int route = 0; route < ROUTE_UNKNOWN; route++)
		if (strcmp(path, paths[route]) == 0)
			return route;
	return ROUTE_UNKNOWN;
}

/* The value of a number in the query; `otherwise` when it is not there or negative. */
static long query_number(const char *query, const char *name, long otherwise)
{
	size_t length = strlen(name);

	for (; query; query = strchr(query, '&') ? strchr(query, '&') + 1 : NULL)
		if (strncmp(query, name, length) == 0 && query[length] == '=') {
			long value = strtol(query + length + 1, NULL, 10);
			return value < 0 ? otherwise : value;
		}
	return otherwise;
}

static bool parse_request_line(struct request *r, char *line)
{
	char *method = strtok(line, " "), *target = strtok(NULL, " "), *version = strtok(NULL, " ");

	if (!version || strncmp(version, "HTTP/1.", 7) != 0)
		return false;
	char *query = strchr(target, '?');
	if (query)
		*query++ = '\0';
	r->head = strcmp(method, "HEAD") == 0;
	r->keep_alive = strcmp(version, "HTTP/1.0") != 0;
	r->route = route_of(target);
	r->wait_ms = query_number(query, "ms", 100);
	r->pieces_left = query_number(query, "n", 5);
	return true;
}

static bool parse_header(struct request *r, char *line)
{
	char *value = strchr(line, ':');

	if (!value)
		return false;
	*value++ = '\0';
	value += strspn(value, " \t");
	if (strcasecmp(line, "Content-Length") == 0) {
		char *end;
		r->body_left = strtoull(value, &end, 10);
		return end != value;
	}
	if (strcasecmp(line, "Transfer-Encoding") == 0) {
		r->framing = BODY_CHUNK_SIZE;
		return strcasecmp(value, "chunked") == 0;
	}
	if (strcasecmp(line, "Connection") == 0 && strcasestr(value, "close"))
		r->keep_alive = false;
	if (strcasecmp(line, "Connection") == 0 && strcasestr(value, "keep-alive"))
		r->keep_alive = true;
	if (strcasecmp(line, "Expect") == 0)
		r->expects_continue = strcasecmp(value, "100-continue") == 0;
	if (strcasecmp(line, "Upgrade") == 0)
		r->upgrades = strcasecmp(value, "websocket") == 0;
	if (strcasecmp(line, "Sec-WebSocket-Key") == 0)
		snprintf(r->websocket_key, sizeof(r->websocket_key), "%s", value);
	return true;
}

bool http_parse_head(struct connection *c)
{
	size_t length = buffer_length(&c->in);
	char *head = buffer_head(&c->in);
	char *end = length ? memmem(head, length, "\r\n\r\n", 4) : NULL;

	if (!end) {
		if (length <= HEAD_LIMIT)
			return false;
		refuse(c, "431 Request Header Fields Too Large");
		return true;
	}
	*end = '\0';
	c->request = (struct request){0};
	c->body.start = c->body.end = 0;

	bool good = true, first = true;
	for (char *line = head; line && good; first = false) {
		char *next = strstr(line, "\r\n");
		if (next) {
			*next = '\0';
			next += 2;
		}
		good = first ? parse_request_line(&c->request, line) : parse_header(&c->request, line);
		line = next;
	}
	buffer_consume(&c->in, (size_t)(end + 4 - head));
	if (!good) {
		refuse(c, "400 Bad Request");
		return true;
	}
	if (c->request.expects_continue)
		buffer_append(&c->out, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	c->state = READING_BODY;
	return true;
}

/* Takes up to body_left bytes; kept for /echo, else dropped. True: none are left. */
static bool take_data(struct connection *c)
{
	struct request *r = &c->request;
	size_t size = buffer_length(&c->in) < r->body_left ? buffer_length(&c->in) : (size_t)r->body_left;

	if (r->route == ROUTE_ECHO)
		buffer_append(&c->body, buffer_head(&c->in), size);
	buffer_consume(&c->in, size);
	r->body_left -= size;
	return r->body_left == 0;
}

/* A line without its CRLF, consumed; NULL when it is not complete. Valid until the next read. */
static char *take_line(struct connection *c)
{
	size_t length = buffer_length(&c->in);
	char *line = buffer_head(&c->in);
	char *end = length ? memmem(line, length, "\r\n", 2) : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	buffer_consume(&c->in, (size_t)(end + 2 - line));
	return line;
}

/* Chunked coding: RFC 9112, section 7.1. Trailers are read and dropped. */
bool http_read_body(struct connection *c)
{
	struct request *r = &c->request;

	for (;;) {
		char *line;

		if (buffer_length(&c->body) > ECHO_LIMIT) {
			buffer_free(&c->body);
			refuse(c, "413 Content Too Large");
			return false;
		}
		switch (r->framing) {
		case BODY_LENGTH:
			return take_data(c);
		case BODY_CHUNK_SIZE:
			line = take_line(c);
			if (!line)
				return false;
			r->body_left = strtoull(line, NULL, 16);
			r->framing = r->body_left ? BODY_CHUNK_DATA : BODY_TRAILER;
			break;
		case BODY_CHUNK_DATA:
			if (!take_data(c))
				return false;
			r->framing = BODY_CHUNK_END;
			break;
		case BODY_CHUNK_END:
			if (!take_line(c))
				return false;
			r->framing = BODY_CHUNK_SIZE;
			break;
		case BODY_TRAILER:
			line = take_line(c);
			if (!line || *line == '\0')
				return line != NULL;
			break;
		}
	}
}

static void append_head(struct connection *c, const char *status, const char *length)
{
	char head[512];
	int size = snprintf(head, sizeof(head),
			    "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nX-Instance: %s\r\nX-Most-In-Flight: %u\r\n%s%s\r\n",
			    status, server.instance, server.most_in_flight, length, c->request.keep_alive ? "" : "Connection: close\r\n");

	buffer_append(&c->out, head, (size_t)size);
}

void http_respond(struct connection *c, const char *status, const void *body, size_t size)
{
	char length[64];

	snprintf(length, sizeof(length), "Content-Length: %zu\r\n", size);
	append_head(c, status, length);
	if (!c->request.head)
		buffer_append(&c->out, body, size);
	c->state = c->request.keep_alive ? READING_HEAD : CLOSING;
}

void http_start_stream(struct connection *c)
{
	append_head(c, "200 OK", "Transfer-Encoding: chunked\r\n");
	if (c->request.head)
		c->request.pieces_left = 0;
}

void http_stream_piece(struct connection *c)
{
	struct request *r = &c->request;

	if (r->pieces_left > 0) {
		char chunk[32];
		int size = snprintf(chunk, sizeof(chunk), "%zx\r\n%s\r\n", sizeof(STREAM_PIECE) - 1, STREAM_PIECE);
		buffer_append(&c->out, chunk, (size_t)size);
		r->pieces_left--;
	}
	if (r->pieces_left > 0)
		return;
	if (!r->head)
		buffer_append(&c->out, "0\r\n\r\n", 5);
	c->state = r->keep_alive ? READING_HEAD : CLOSING;
}

void http_start_bytes(struct connection *c)
{
	struct request *r = &c->request;
	char length[64];

	snprintf(length, sizeof(length), "Content-Length: %ld\r\n", r->pieces_left);
	append_head(c, "200 OK", length);
	r->bytes_left = r->head ? 0 : r->pieces_left;
}

void http_send_bytes(struct connection *c)
{
	struct request *r = &c->request;
	size_t size = r->bytes_left < BYTES_PIECE ? (size_t)r->bytes_left : BYTES_PIECE;

	memset(buffer_reserve(&c->out, size), 'b', size);
	c->out.end += size;
	r->bytes_left -= (long)size;
	if (r->bytes_left == 0)
		c->state = r->keep_alive ? READING_HEAD : CLOSING;
}
