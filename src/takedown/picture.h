/* SPDX-License-Identifier: Apache-2.0 */
/*
 * picture.h - a picture of a page, read and written anew.
 *
 * What was uploaded may be anything. The parse role opens it (PNG, JPEG, WebP by
 * their first bytes, whatever the name says), draws it on white, makes it as wide
 * as a page shows it, cuts what is very long, and writes a plain JPEG. Only that
 * one ever goes to a browser: no metadata, no animation, no trick in the file.
 */
#ifndef TAKEDOWN_PICTURE_H
#define TAKEDOWN_PICTURE_H

#include "base/err.h"
#include "base/str.h"

struct arena;
struct buf;
struct ipc;

#define PICTURE_WIDTH 1280  /* at most, of what is made */
#define PICTURE_HEIGHT 4000 /* the rest below is cut off */

struct picture_made {
	int width, height;
	struct str jpeg;
};
/* ERR_INVALID: none of the three or broken; ERR_LIMIT: too many pixels.
 * ${*ret_why}: English msgid. */
MUST_USE enum err picture_make(struct arena *a, struct str bytes, struct picture_made *ret, const char **ret_why);

/* The row "picture" of parsers.c, and the other side of it. */
MUST_USE enum err picture_parser(struct arena *a, struct str in, struct ipc *crypt, struct buf *out);
MUST_USE enum err picture_ask(struct ipc *parse, struct arena *a, struct str bytes, struct picture_made *ret, const char **ret_why);

#endif
