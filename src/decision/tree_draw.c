/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_draw.c - a tree from left to right: a leaf a line, so that a tree of any width
 * is read by scrolling down.
 */
#include "decision/tree_draw.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "decision/explain.h"
#include "text/mustache.h"

#define COLUMN 168
#define BOX 132
#define LINE 44
#define HIGH 34
#define LEAVES 200

struct drawing {
	const struct decision_model *m;
	const struct decision_tree_view *v;
	struct buf *out;
	uint32_t path[LIMIT_DECISION_DEPTH + 2];
	size_t on;
	int line, deepest;
};

static void
put(struct buf *b, const char *s)
{
	mustache_escape(b, str_of(s));
}

/* At most ${most} characters, by words of the model that may be long. */
static void
put_short(struct buf *b, const char *s, size_t most)
{
	struct str all = str_of(s), cut = utf8_take(all, most);

	mustache_escape(b, cut);
	if (cut.n < all.n)
		buf_text(b, "…");
}

static bool
on_path(const struct drawing *d, uint32_t node)
{
	for (size_t i = 0; i < d->on; i++)
		if (d->path[i] == node)
			return true;
	return false;
}

static const char *
values(struct arena *a, const struct decision_fact *f, uint64_t set, bool ja)
{
	struct buf *b = buf_new(a, LIMIT_KIB(16));

	for (size_t i = 0; i < f->values; i++) {
		if ((set >> i & 1) == 0)
			continue;
		if (b->n > 0)
			buf_text(b, ja ? "、" : ", ");
		buf_text(b, decision_name(f->value[i].name, f->value[i].name_ja, ja));
	}
	return buf_cstr(a, b);
}

static void
edge(struct drawing *d, int depth, int from, int to, const char *label, bool on)
{
	int x1 = depth * COLUMN + BOX, x2 = (depth + 1) * COLUMN;

	buf_printf(d->out, "<path class=\"c-edge%s\" d=\"M%d %dC%d %d %d %d %d %d\"/><text class=\"c-text c-small c-halo%s\" x=\"%d\" y=\"%d\">",
	    on ? " on" : "", x1, from, x1 + 20, from, x2 - 20, to, x2, to, on ? " c-strong" : "", x2 + 4, to - HIGH / 2 - 2);
	put_short(d->out, label, d->v->ja ? 12 : 24);
	buf_text(d->out, "</text>");
}

static void
box(struct drawing *d, uint32_t node, int depth, int y)
{
	const struct decision_node *n = &d->m->node[node];
	bool leaf = n->leaf != 0, on = on_path(d, node), self = leaf && on, dim = d->on > 0 && !on;
	double support, agree;
	const char *name = leaf ? decision_name(d->m->outcome.value[n->outcome].name, d->m->outcome.value[n->outcome].name_ja, d->v->ja)
				: decision_name(d->m->fact[n->fact].name, d->m->fact[n->fact].name_ja, d->v->ja);
	const char *tone = self ? " inverse" : dim ? " off" : "";
	bool link = d->v->leaf != NULL;

	if (link && leaf)
		buf_printf(d->out, "<a href=\"%s%u\">", d->v->leaf, n->leaf);
	else if (link)
		buf_printf(d->out, "<a href=\"#fact-%u\">", n->fact);
	buf_printf(d->out, "<rect class=\"c-node%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"6\"/><text class=\"c-text c-mid c-strong%s\" x=\"%d\" y=\"%d\">",
	    self ? " self" : on ? " on" : dim ? " off" : "", depth * COLUMN, y - HIGH / 2, BOX, HIGH, tone, depth * COLUMN + BOX / 2,
	    leaf && d->m->learned_rows > 0 ? y - 1 : y + 5);
	put_short(d->out, name, d->v->ja ? 10 : 20);
	buf_text(d->out, "</text>");
	if (leaf && d->m->learned_rows > 0) {
		(void)decision_confidence(d->m, node, &support, &agree);
		buf_printf(d->out, "<text class=\"c-text c-mid c-small%s\" x=\"%d\" y=\"%d\">%.0f / %.0f</text>", tone,
		    depth * COLUMN + BOX / 2, y + 13, agree, support);
	}
	if (link)
		buf_text(d->out, "</a>");
}

/* Draws what is below ${node} and says on which height it stands. */
static int
draw(struct arena *a, struct drawing *d, uint32_t node, int depth)
{
	const struct decision_node *n = &d->m->node[node];
	int y[2], middle;

	if (depth > d->deepest)
		d->deepest = depth;
	/* What lies off the way of a case is one box: the model's page has it all. */
	if (n->leaf != 0 || (d->on > 0 && !on_path(d, node))) {
		middle = d->line++ * LINE + LINE / 2 + 16;
		box(d, node, depth, middle);
		return middle;
	}
	const struct decision_fact *f = &d->m->fact[n->fact];

	for (int i = 0; i < 2; i++)
		y[i] = draw(a, d, n->child[i], depth + 1);
	middle = (y[0] + y[1]) / 2;
	for (int i = 0; i < 2; i++)
		edge(d, depth, middle, y[i],
		    values(a, f, (i == 0 ? n->left : ~n->left) & decision_all(f), d->v->ja), on_path(d, node) && on_path(d, n->child[i]));
	box(d, node, depth, middle);
	return middle;
}

struct str
decision_tree_draw(struct arena *a, const struct decision_model *m, const struct decision_tree_view *v)
{
	struct drawing d = { .m = m, .v = v, .out = buf_new(a, LIMIT_MIB(1)) };
	struct buf *all = buf_new(a, LIMIT_MIB(1));

	if (m->nodes == 0 || m->leaves > LEAVES)
		return (struct str){ 0 };
	if (v->at != UINT32_MAX && decision_path(m, v->at, d.path, COUNT(d.path), &d.on) != OK)
		d.on = 0;
	(void)draw(a, &d, 0, 0);
	buf_printf(all, "<svg class=\"c c-whole\" width=\"%d\" height=\"%d\" viewBox=\"-2 0 %d %d\" role=\"group\" aria-label=\"", d.deepest * COLUMN + BOX + 4,
	    d.line * LINE + 24, d.deepest * COLUMN + BOX + 4, d.line * LINE + 24);
	put(all, v->title);
	buf_text(all, "\"><title>");
	put(all, v->title);
	buf_text(all, "</title><desc>");
	put(all, v->description);
	buf_text(all, "</desc>");
	buf_str(all, buf_view(d.out));
	buf_text(all, "</svg>");
	return buf_error(d.out) != OK || buf_error(all) != OK ? (struct str){ 0 } : buf_view(all);
}
