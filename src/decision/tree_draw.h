/* SPDX-License-Identifier: Apache-2.0 */
/* tree_draw.h - a model's tree as SVG, the way of one case marked. */
#ifndef DECISION_TREE_DRAW_H
#define DECISION_TREE_DRAW_H

#include "decision/model.h"

struct decision_tree_view {
	uint32_t at;	  /* where the case is: a node; UINT32_MAX: no case */
	const char *leaf; /* a leaf links here, its number behind; NULL: no links */
	const char *title, *description, *scroll;
	bool ja;
};
/* Empty when the tree has more leaves than can be read (200). */
struct str decision_tree_draw(struct arena *a, const struct decision_model *m, const struct decision_tree_view *v);

#endif
