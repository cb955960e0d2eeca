/* WebSocket (RFC 6455): accepts, and sends every message back. */
#include "connection.h"

#include <stdio.h>
#include <string.h>

#define FRAME_LIMIT (16 * 1024 * 1024)

/* Section 5.2 */
enum opcode { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
#define FIN 0x80
#define MASK 0x80

/* Section 7.4.1 */
enum close_code { PROTOCOL_ERROR = 1002, TOO_BIG = 1009 };

static void base64(const uint8_t *in, size_t size, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		uint32_t group = (uint32_t)in[i] << 16 | (i + 1 < size ? in[i + 1] << 8 : 0) | (i + 2 < size ? in[i + 2] : 0);
		*out++ = digits[group >> 18 & 63];
		*out++ = digits[group >> 12 & 63];
		*out++ = i + 1 < size ? digits[group >> 6 & 63] : '=';
		*out++ = i + 2 < size ? digits[group & 63] : '=';
	}
	*out = '\0';
}

void websocket_accept(struct connection *c)
{
	char text[128], accept[32], answer[384];
	uint8_t digest[20];

	if (!c->request.upgrades || !c->request.websocket_key[0]) {
		http_respond(c, "426 Upgrade Required", "websocket only\n", 15);
		return;
	}
	/* Section 1.3: the key, and a GUID that is part of the standard. */
	int size = snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", c->request.websocket_key);
	sha1(text, (size_t)size, digest);
	base64(digest, sizeof(digest), accept);
	size = snprintf(answer, sizeof(answer),
			"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			"Sec-WebSocket-Accept: %s\r\nX-Instance: %s\r\n\r\n",
			accept, server.instance);
	buffer_append(&c->out, answer, (size_t)size);
	c->state = WEBSOCKET;
}

/* Section 5.1: a server does not mask. */
static void send_frame(struct connection *c, uint8_t first, const void *payload, uint64_t size)
{
	uint8_t head[10] = {first};
	size_t length;

	if (size < 126) {
		head[1] = (uint8_t)size;
		length = 2;
	} else if (size < 65536) {
		head[1] = 126;
		head[2] = (uint8_t)(size >> 8);
		head[3] = (uint8_t)size;
		length = 4;
	} else {
		head[1] = 127;
		for (int i = 0; i < 8; i++)
			head[2 + i] = (uint8_t)(size >> (56 - 8 * i));
		length = 10;
	}
	buffer_append(&c->out, head, length);
	buffer_append(&c->out, payload, size);
}

static void fail(struct connection *c, enum close_code code)
{
	uint8_t payload[2] = {(uint8_t)(code >> 8), (uint8_t)code};

	send_frame(c, FIN | CLOSE, payload, sizeof(payload));
	c->state = CLOSING;
}

static void answer_frame(struct connection *c, uint8_t first, const uint8_t *payload, uint64_t size)
{
	switch (first & 15) {
	case CONTINUATION:
	case TEXT:
	case BINARY:
		send_frame(c, first, payload, size);
		break;
	case PING:
		send_frame(c, FIN | PONG, payload, size);
		break;
	case PONG:
		break;
	case CLOSE:
		send_frame(c, FIN | CLOSE, payload, size < 2 ? 0 : 2);
		c->state = CLOSING;
		break;
	default:
		fail(c, PROTOCOL_ERROR);
	}
}

/* One frame, if it is complete. */
static bool take_frame(struct connection *c)
{
	uint8_t *in = (uint8_t *)buffer_head(&c->in);
	size_t have = buffer_length(&c->in);
	size_t head = 2;

	if (have < head)
		return false;
	uint64_t size = in[1] & 127;
	size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
	if (have < head + extra)
		return false;
	if (extra)
		size = 0;
	for (size_t i = 0; i < extra; i++)
		size = size << 8 | in[head++];
	if (!(in[1] & MASK) || size > FRAME_LIMIT) {
		fail(c, size > FRAME_LIMIT ? TOO_BIG : PROTOCOL_ERROR);
		return false;
	}
	if (have < head + 4 + size)
		return false;
	const uint8_t *mask = in + head;
	uint8_t *payload = in + head + 4;
	for (uint64_t i = 0; i < size; i++)
		payload[i] ^= mask[i & 3];
	answer_frame(c, in[0], payload, size);
	buffer_consume(&c->in, head + 4 + size);
	return c->state == WEBSOCKET;
}

void websocket_advance(struct connection *c)
{
	while (take_frame(c))
		;
}
