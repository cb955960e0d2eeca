/* Bytes that come in at the end and go out at the front. */
#ifndef HELLO_BUFFER_H
#define HELLO_BUFFER_H

#include <stddef.h>

struct buffer {
	char *data;
	size_t start; /* first byte that is not consumed */
	size_t end;   /* one past the last byte */
	size_t room;
};

static inline size_t buffer_length(const struct buffer *b)
{
	return b->end - b->start;
}

static inline char *buffer_head(const struct buffer *b)
{
	return b->data + b->start;
}

/* Makes room for `size` more bytes and returns where they go; ends the program when memory does. */
char *buffer_reserve(struct buffer *b, size_t size);
void buffer_append(struct buffer *b, const void *data, size_t size);
void buffer_consume(struct buffer *b, size_t size);
void buffer_free(struct buffer *b);

#endif
