#include "buffer.h"

#include <stdlib.h>
#include <string.h>

char *buffer_reserve(struct buffer *b, size_t size)
{
	if (b->start > 0 && b->end + size > b->room) {
		memmove(b->data, b->data + b->start, buffer_length(b));
		b->end -= b->start;
		b->start = 0;
	}
	if (b->end + size > b->room) {
		size_t room = b->room ? b->room : 4096;
		while (room < b->end + size)
			room *= 2;
		b->data = realloc(b->data, room);
		if (!b->data)
			abort();
		b->room = room;
	}
	return b->data + b->end;
}

void buffer_append(struct buffer *b, const void *data, size_t size)
{
	if (size == 0)
		return;
	memcpy(buffer_reserve(b, size), data, size);
	b->end += size;
}

void buffer_consume(struct buffer *b, size_t size)
{
	b->start += size;
	if (b->start == b->end)
		b->start = b->end = 0;
}

void buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}
