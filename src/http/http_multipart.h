/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_multipart.h - multipart/form-data (RFC 7578), read in pieces.
 *
 * The caller owns a window of bytes: it gives what it has, drops what was
 * used, fills up and calls again. So memory is bounded whatever is uploaded.
 */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "http/http.h"

/* The smallest window with which every accepted body can be read. */
#define HTTP_MULTIPART_WINDOW LIMIT_KIB(32)

struct http_part {
	struct str name; /* of the form's field, valid UTF-8 */
	bool is_file;	 /* it has a file name (which may be empty) */
	struct str file_name;  /* cleaned; without folders */
	struct str media_type; /* lower case, without parameters; as sent */
};

/* Any failure stops the reading and is returned. A part's texts live in the
 * arena, bytes only for the call. */
struct http_part_sink {
	enum err (*begin)(void *object, const struct http_part *part);
	enum err (*data)(void *object, struct str bytes);
	enum err (*end)(void *object);
	void *object;
};

struct http_multipart;

/* ERR_INVALID when ${boundary} is not 1 to 70 of the characters of RFC 2046. */
MUST_USE enum err http_multipart_new(struct arena *a, struct str boundary,
    const struct http_part_sink *sink, struct http_multipart **ret);

/*
 * Read from the front of ${window}; ${*ret_used} bytes are done with. It uses
 * less than all when the rest may be the beginning of something: call again
 * with that rest and more. ERR_INVALID: not multipart; ERR_LIMIT: a part's
 * header is too large or there are too many parts.
 */
MUST_USE enum err http_multipart_feed(struct http_multipart *m, struct str window, size_t *ret_used);
/* ERR_INVALID unless the closing boundary has come. */
MUST_USE enum err http_multipart_finish(const struct http_multipart *m);

/* What a browser calls a file, made fit to be shown and stored: UTF-8 (from
 * Shift_JIS when it is not), no folders, no controls, at most LIMIT_NAME. */
struct str http_file_name(struct arena *a, struct str raw);

#endif
