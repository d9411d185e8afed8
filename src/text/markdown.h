/* SPDX-License-Identifier: Apache-2.0 */
/*
 * markdown.h - the part of Markdown that our documents need, as HTML.
 *
 *	# Heading (to ######)	- item, * item, 1. item	> quotation	---
 *	| a | table |		``` code ```		paragraphs
 *	**strong** *emphasis* `code` [text](https://… or /page)	\* as it stands
 *
 * Everything else is text and is escaped: no markup of the writer's own comes through,
 * and no address but http, https, mailto and our own pages becomes a link.
 */
#ifndef TEXT_MARKDOWN_H
#define TEXT_MARKDOWN_H

#include "base/str.h"

struct arena;

/* For value_set_html(). ${top}: the level of "#", 1 to 6; deeper ones follow. */
struct str markdown_html(struct arena *a, struct str text, unsigned top);

#endif
