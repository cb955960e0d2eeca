/* SHA-1 (RFC 3174), which the WebSocket handshake asks for; not for anything that must be secret. */
#include "connection.h"

#include <string.h>

static uint32_t rotate(uint32_t value, int bits)
{
	return value << bits | value >> (32 - bits);
}

/* Section 6.1 */
static void process(uint32_t h[5], const uint8_t block[64])
{
	uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	for (int t = 0; t < 16; t++)
		w[t] = (uint32_t)block[4 * t] << 24 | block[4 * t + 1] << 16 | block[4 * t + 2] << 8 | block[4 * t + 3];
	for (int t = 16; t < 80; t++)
		w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	for (int t = 0; t < 80; t++) {
		uint32_t f = t < 20   ? ((b & c) | (~b & d)) + 0x5A827999
			     : t < 40 ? (b ^ c ^ d) + 0x6ED9EBA1
			     : t < 60 ? ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDC
				      : (b ^ c ^ d) + 0xCA62C1D6;
		uint32_t next = rotate(a, 5) + f + e + w[t];
		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void sha1(const void *data, size_t size, uint8_t digest[20])
{
	uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
	const uint8_t *bytes = data;
	uint8_t tail[128] = {0};
	size_t rest = size % 64, padded = rest < 56 ? 64 : 128;

	for (size_t i = 0; i + 64 <= size; i += 64)
		process(h, bytes + i);
	memcpy(tail, bytes + size - rest, rest);
	tail[rest] = 0x80;
	for (int i = 0; i < 8; i++)
		tail[padded - 1 - i] = (uint8_t)((uint64_t)size * 8 >> (8 * i));
	for (size_t i = 0; i < padded; i += 64)
		process(h, tail + i);
	for (int i = 0; i < 20; i++)
		digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}
