/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "unit.h"

#include "base/clock.h"
#include "base/limit.h"
#include "text/asset.h"
#include "text/embedded.h"
#include "text/i18n.h"
#include "text/i18n_mo.h"
#include "text/mustache.h"
#include "text/value.h"

static const char *
render_with(struct arena *a, const char *source, const char *json, enum lang lang,
    mustache_source partials, void *object)
{
	const struct template *t;
	struct value *model;
	struct buf *out = buf_new(a, LIMIT_MIB(1));
	size_t line = 0;

	assert_ok(mustache_compile(a, str_of(source), lang, partials, object, &t, &line));
	assert_ok(value_parse(a, str_of(json), &model, NULL));
	assert_ok(mustache_render(t, model, out, false, NULL));
	return buf_cstr(a, out);
}

static const char *
render(struct arena *a, const char *source, const char *json, enum lang lang)
{
	return render_with(a, source, json, lang, NULL, NULL);
}

static struct str
spec_partial(void *object, struct str name)
{
	const struct value *v = value_getn(object, name);

	return v == NULL ? STR_NULL : (struct str){ value_cstr(v), value_str(v).n };
}

static const char *
read_whole(struct arena *a, const char *path)
{
	FILE *f = fopen(path, "rb");
	struct buf *b = buf_new(a, LIMIT_MIB(4));
	char part[4096];
	size_t n;

	if (f == NULL)
		return NULL;
	while ((n = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(b, part, n);
	(void)fclose(f);
	return buf_cstr(a, b);
}

static void
test_mustache_spec(void **state)
{
	static const char *const module[] = {
		"comments", "delimiters", "interpolation", "inverted", "partials", "sections",
		"~dynamic-names", "~inheritance",
	};
	const char *folder = getenv("TOBIGUCHI_CONFORMANCE");
	struct arena *a = *state;
	int passed = 0, failed = 0, blank_only = 0;

	if (folder == NULL) {
		print_message("TOBIGUCHI_CONFORMANCE is not set: skipped\n");
		skip();
	}
	for (size_t i = 0; i < COUNT(module); i++) {
		const char *path = arena_printf(a, "%s/mustache/%s.json", folder, module[i]);
		const char *json = read_whole(a, path);
		struct value *spec;

		if (json == NULL)
			fail_msg("%s cannot be read", path);
		assert_ok(value_parse(a, str_of(json), &spec, NULL));
		const struct value *tests = value_get(spec, "tests");

		assert_true(value_count(tests) > 0);
		for (size_t j = 0; j < value_count(tests); j++) {
			const struct value *t = value_at(tests, j);
			const char *data = value_json_text(a, value_get(t, "data"));
			const char *got = render_with(a, value_cstr(value_get(t, "template")), data,
			    LANG_EN, spec_partial,
			    (void *)(uintptr_t)value_get(t, "partials"));
			const char *want = value_cstr(value_get(t, "expected"));

			if (strcmp(got, want) == 0) {
				passed++;
				continue;
			}
			/* Of the optional ~inheritance we leave out that blocks
			 * are indented anew: HTML does not see it. */
			if (strcmp(module[i], "~inheritance") == 0) {
				blank_only++;
				continue;
			}
			failed++;
			print_error("%s: %s\n want: \"%s\"\n got:  \"%s\"\n", module[i],
			    value_cstr(value_get(t, "name")), want, got);
		}
	}
	print_message("mustache: %d passed, %d failed, %d differ in blanks\n", passed, failed,
	    blank_only);
	assert_int_equal(failed, 0);
	assert_true(blank_only <= 7);
}

static void
test_mustache_ours(void **state)
{
	static const struct {
		const char *source, *json, *want;
		enum lang lang;
	} row[] = {
		{ "<a title=\"{{x}}\">", "{\"x\":\"a\\\"b'c<d>&e\"}",
		    "<a title=\"a&quot;b&#39;c&lt;d&gt;&amp;e\">", LANG_JA },
		{ "{{_ Total}}", "{}", "合計", LANG_JA },
		{ "{{_ Total}}", "{}", "Total", LANG_EN },
		{ "{{_\n  Total\n}}", "{}", "合計", LANG_JA },
		{ "{{_ It's \"not\" in <there>, is it?}}", "{}",
		    "It&#39;s &quot;not&quot; in &lt;there&gt;, is it?", LANG_JA },
		{ "{{_ Two   words\n  more}}", "{}", "Two words more", LANG_EN },
		{ "{{_ Hello {user.name}}}!", "{\"user\":{\"name\":\"<b>\"}}", "Hello &lt;b&gt;!",
		    LANG_EN },
		{ "{{_menu|Open it}}", "{}", "Open it", LANG_JA },
		{ "{{_n total|{n} report|{n} reports}}", "{\"total\":12345}", "12,345件の報告", LANG_JA },
		{ "{{_n total|{n} report|{n} reports}}", "{\"total\":12345}", "12,345 reports", LANG_EN },
		{ "{{_n total|{n} report|{n} reports}}.", "{\"total\":1}", "1 report.", LANG_EN },
		{ "{{#list}}{{_n n|one {x}|many {x}}} {{/list}}",
		    "{\"x\":\"&\",\"list\":[{\"n\":1},{\"n\":0},{\"n\":2}]}",
		    "one &amp; many &amp; many &amp; ", LANG_EN },
		{ "{{_ not {a place}, {} or {1}}}", "{}", "not {a place}, {} or {1}", LANG_EN },
		{ "{{#n}}yes{{/n}}{{^n}}no{{/n}}", "{\"n\":0}", "no", LANG_EN },
		{ "{{#n}}yes{{/n}}{{^n}}no{{/n}}", "{\"n\":\"\"}", "no", LANG_EN },
		{ "{{_under}}{{n}}", "{\"_under\":\"a\",\"n\":1}", "a1", LANG_EN },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < COUNT(row); i++)
		assert_string_equal(
		    render(a, row[i].source, row[i].json, row[i].lang), row[i].want);
}

static void
test_mustache_html(void **state)
{
	struct arena *a = *state;
	struct value *o = value_object(a);
	struct buf *out = buf_new(a, 1000);
	const struct template *t;

	value_set_html(a, o, "x", STR("<svg>&amp;</svg>"));
	value_set_text(a, o, "y", "<");
	assert_ok(mustache_compile(a, STR("{{x}}{{y}}"), LANG_EN, NULL, NULL, &t, NULL));
	assert_ok(mustache_render(t, o, out, true, NULL));
	assert_string_equal(buf_cstr(a, out), "<svg>&amp;</svg>&lt;");
	assert_string_equal(value_json_text(a, o), "{\"y\":\"<\"}");
}

static void
test_mustache_wrong(void **state)
{
	static const struct {
		const char *source;
		size_t line;
	} row[] = {
		{ "a\n{{x", 2 }, { "{{#a}}\n\n", 3 }, { "\n\n{{/a}}", 3 }, { "{{#a}}\n{{/b}}", 2 },
		{ "{{}}", 1 }, { "{{= }}", 1 }, { "{{=x=}}", 1 }, { "{{_n count|one}}", 1 },
		{ "{{{x}}", 1 },
	};
	struct arena *a = *state;
	const struct template *t;

	for (size_t i = 0; i < COUNT(row); i++) {
		size_t line = 99;

		assert_err(mustache_compile(a, str_of(row[i].source), LANG_EN, NULL, NULL, &t, &line),
		    ERR_INVALID);
		assert_int_equal(line, row[i].line);
	}
}

static void
test_mustache_strict(void **state)
{
	struct arena *a = *state;
	struct buf *out = buf_new(a, 1000);
	const struct template *t;
	const char *missing = NULL;
	struct value *o = value_object(a);

	value_set_text(a, o, "there", NULL);
	assert_ok(mustache_compile(
	    a, STR("{{there}}{{there.more}}{{#d}}{{/d}}{{#there}}{{x}}{{/there}}{{a.b}}{{c}}"), LANG_EN, NULL, NULL, &t, NULL));
	assert_err(mustache_render(t, o, out, true, &missing), ERR_NOT_FOUND);
	assert_string_equal(missing, "a.b");
	assert_ok(mustache_render(t, o, out, false, NULL));
}

static struct str
itself(void *object, struct str name)
{
	(void)name;
	return str_of(object);
}

static void
test_mustache_bounds(void **state)
{
	struct arena *a = *state;
	struct buf *out = buf_new(a, 100);
	const struct template *t;
	struct value *o = value_object(a);

	assert_ok(mustache_compile(a, STR("{{>x}}"), LANG_EN, itself, (void *)(uintptr_t) "{{>x}}",
	    &t, NULL));
	assert_err(mustache_render(t, o, out, false, NULL), ERR_LIMIT);

	struct buf *source = buf_new(a, 10000);

	for (int i = 0; i < LIMIT_TEMPLATE_DEPTH + 1; i++)
		buf_text(source, "{{^x}}");
	for (int i = 0; i < LIMIT_TEMPLATE_DEPTH + 1; i++)
		buf_text(source, "{{/x}}");
	assert_err(
	    mustache_compile(a, buf_view(source), LANG_EN, NULL, NULL, &t, NULL), ERR_LIMIT);
	assert_ok(mustache_compile(a, STR("{{^x}}0123456789{{/x}}"), LANG_EN, NULL, NULL, &t, NULL));
	struct buf small;

	buf_init(&small, 5);
	assert_err(mustache_render(t, o, &small, false, NULL), ERR_LIMIT);
	buf_done(&small);
}

static void
test_value(void **state)
{
	struct arena *a = *state;
	struct value *o = value_object(a);

	value_set_int(a, o, "n", INT64_MIN);
	value_set_int(a, o, "n", INT64_MAX);
	value_set_text(a, o, "none", NULL);
	value_set_str(a, o, "part", (struct str){ "abcdef", 3 });
	assert_string_equal(value_cstr(value_get(o, "part")), "abc");
	assert_int_equal(value_integer(value_get(o, "n")), INT64_MAX);
	assert_int_equal(value_count(o), 3);
	assert_null(value_get(o, "m"));
	assert_null(value_get(NULL, "m"));
	assert_int_equal(value_type(value_at(NULL, 3)), VALUE_NULL);
	assert_string_equal(value_cstr(value_get(o, "none")), "");
	assert_string_equal(value_key(o, 2), "part");
	assert_null(value_key(o, 3));
	for (int i = 0; i < 1000; i++)
		value_set_key(a, o, str_of(arena_printf(a, "key%d", i % 500)), value_int(a, i));
	assert_int_equal(value_count(o), 503);
	for (int i = 0; i < 500; i++)
		assert_int_equal(
		    value_integer(value_get(o, arena_printf(a, "key%d", i))), i + 500);
}

static void
test_json(void **state)
{
	static const struct {
		const char *in, *out; /* NULL: refused at: */
		size_t at;
	} row[] = {
		{ " { } ", "{}", 0 },
		{ "[1,-0,1.5,1e3,-9223372036854775807,9223372036854775807]",
		    "[1,0,1.5,1000,-9223372036854775807,9223372036854775807]", 0 },
		{ "[9223372036854775808]", "[9.2233720368547758e+18]", 0 },
		{ "0.1", "0.1", 0 },
		{ "\"\\u0041\\n\\\"\\\\\\/\\ud83d\\ude00\\u3042\"", "\"A\\n\\\"\\\\/😀あ\"", 0 },
		{ "\"\\u0001\x7f\"", "\"\\u0001\\u007f\"", 0 },
		{ "{\"a\":1,\"a\":2}", "{\"a\":2}", 0 },
		{ "{\"\":[null,true,false]}", "{\"\":[null,true,false]}", 0 },
		{ "", NULL, 0 }, { "[", NULL, 1 }, { "[1,]", NULL, 3 }, { "{\"a\"}", NULL, 4 },
		{ "{a:1}", NULL, 1 }, { "01", NULL, 2 }, { "1 2", NULL, 2 }, { "-", NULL, 1 },
		{ "1.", NULL, 2 }, { "1e", NULL, 2 }, { "1e999", NULL, 0 }, { "nul", NULL, 0 },
		{ "\"\\u0000\"", NULL, 7 }, { "\"\\ud800\"", NULL, 7 }, { "\"\\udc00\"", NULL, 7 },
		{ "\"\xff\"", NULL, 1 }, { "\"a\xc0\x80\"", NULL, 2 }, { "\"\xed\xa0\x80\"", NULL, 1 },
		{ "\"\n\"", NULL, 1 }, { "\"\\x\"", NULL, 2 }, { "\"abc", NULL, 4 },
		{ "\"abc\\", NULL, 5 }, { "\"\xe3\x81\"", NULL, 1 }, { "[1 2]", NULL, 3 },
	};
	struct arena *a = *state;

	for (size_t i = 0; i < COUNT(row); i++) {
		struct value *v = NULL;
		size_t at = 99;
		enum err e = value_parse(a, str_of(row[i].in), &v, &at);

		if (row[i].out == NULL) {
			assert_err(e, ERR_INVALID);
			if (at != row[i].at)
				fail_msg("%s: at %zu", row[i].in, at);
			continue;
		}
		if (e != OK)
			fail_msg("%s: refused at %zu", row[i].in, at);
		assert_string_equal(value_json_text(a, v), row[i].out);
	}
	for (int depth = LIMIT_JSON_DEPTH - 1; depth <= LIMIT_JSON_DEPTH + 1; depth++) {
		struct buf *b = buf_new(a, 1000);
		struct value *v;

		for (int i = 0; i < depth; i++)
			buf_char(b, '[');
		for (int i = 0; i < depth; i++)
			buf_char(b, ']');
		assert_err(value_parse(a, buf_view(b), &v, NULL),
		    depth > LIMIT_JSON_DEPTH ? ERR_LIMIT : OK);
	}
}

static void
test_i18n(void **state)
{
	struct arena *a = *state;

	assert_string_equal(i18n(LANG_JA, NULL, "Total"), "合計");
	assert_string_equal(i18n(LANG_EN, NULL, "Total"), "Total");
	assert_string_equal(i18n(LANG_JA, "no such context", "Total"), "合計");
	assert_string_equal(i18n(LANG_JA, NULL, ""), "");
	assert_string_equal(i18n_plural(LANG_JA, NULL, "{n} report", "{n} reports", 1), "{n}件の報告");
	assert_string_equal(i18n_plural(LANG_EN, NULL, "{n} report", "{n} reports", 1), "{n} report");
	assert_string_equal(i18n_plural(LANG_EN, NULL, "{n} report", "{n} reports", 0), "{n} reports");
	assert_string_equal(i18n_fill(a, "{n} of {total}{", I18N_ARGS({ "n", "1" }, { "total", "{n}" })),
	    "1 of {n}{");
	assert_string_equal(i18n_fill(a, "{x{n}", I18N_ARGS({ "n", "1" })), "{x1");
	assert_string_equal(i18n_number(a, 0), "0");
	assert_string_equal(i18n_number(a, -1234567), "-1,234,567");
	assert_string_equal(i18n_number(a, 999), "999");
	assert_string_equal(i18n_number(a, INT64_MIN), "-9,223,372,036,854,775,808");
	assert_string_equal(i18n_size(a, LANG_EN, 1023), "1023 B");
	assert_string_equal(i18n_size(a, LANG_JA, 4404019), "4.2MB");
	assert_string_equal(i18n_size(a, LANG_EN, 200 * 1024 * 1024), "200 MB");
}

static void
test_mo(void **state)
{
	struct arena *a = *state;
	const struct embedded *e = embedded_find(&text_catalogues, STR("ja.mo"));
	struct i18n_mo mo;
	struct str found;

	assert_non_null(e);
	struct str all = { e->data, e->n };

	assert_ok(i18n_mo_parse(all, &mo));
	assert_true(i18n_mo_find(&mo, NULL, "Total", &found));
	assert_false(i18n_mo_find(&mo, NULL, "Tota", &found));
	assert_false(i18n_mo_find(&mo, "Total", "Total", &found));
	/* However it is cut or changed, it is refused or read inside. */
	for (size_t n = 0; n < all.n; n += n < 200 ? 1 : 997) {
		struct arena *once = arena_new();
		struct str cut = { arena_dupn(once, all.p, n), n };

		if (i18n_mo_parse(cut, &mo) == OK)
			(void)i18n_mo_find(&mo, NULL, "Total", &found);
		arena_free(once);
	}
	char *p = arena_dupn(a, all.p, all.n);

	for (size_t i = 0; i < 64 && i < all.n; i++) {
		memcpy(p, all.p, all.n);

		p[i] = (char)0xff;
		if (i18n_mo_parse((struct str){ p, all.n }, &mo) == OK)
			(void)i18n_mo_find(&mo, NULL, "Total", &found);
	}
}

static void
test_templates(void **state)
{
	(void)state;
	if (template_start() != OK)
		fail_msg("%s", template_fault());
	for (size_t i = 0; i < text_templates.n; i++) {
		const char *file = text_templates.file[i].name;
		struct arena *a = *state;
		const char *name = arena_dupn(a, file, strlen(file) - strlen(".mustache"));

		assert_non_null(template_find(name, LANG_JA));
		assert_non_null(template_find(name, LANG_EN));
	}
	assert_null(template_find("no such template", LANG_EN));
}

static void
test_assets(void **state)
{
	(void)state;
	for (size_t i = 0; asset_at(i) != NULL; i++) {
		const struct asset *found = asset_find(str_of(asset_at(i)->path));

		assert_ptr_equal(found, asset_at(i));
		assert_true(str_starts(str_of(found->url), STR("/assets/")));
		assert_true(found->raw.n == 0 || found->gz.n < found->raw.n);
	}
	assert_null(asset_find(STR("no such asset")));
}

/* Goals of the design: 15 kB of JSON in 30 us, a 31 kB page in 50 us. Only
 * printed: the machine may be busy, or the build one with sanitizers. */
static struct value *
made_later(struct arena *a, const void *object)
{
	return value_text(a, object);
}

/* Rows that are set alike, one that is not, and one that looks like another. */
static void
test_rows(void **state)
{
	AUTO(arena) a = arena_new();
	struct value *o = value_object(a), *rows = value_set_list(a, o, "rows");
	struct buf *out = buf_new(a, LIMIT_MIB(1));
	const struct template *t;

	(void)state;
	value_set_text(a, o, "odd", "-");
	value_set_text(a, o, "name", "outside");
	for (int i = 0; i < 5; i++) {
		struct value *row = value_add_object(a, rows);

		value_set_int(a, row, "n", i);
		if (i == 3)
			value_set_text(a, row, "odd", "odd");
		value_set_later(a, row, "later", made_later, i == 4 ? NULL : "x<y");
		struct value *in = value_set_object(a, row, "in");

		if (i != 2)
			value_set_text(a, in, "name", arena_printf(a, "in %d", i));
		value_set_bool(a, in, "last", i == 4);
		value_set_int(a, row, "n", i * 10); /* set again */
	}
	assert_ok(mustache_compile(a,
	    STR("{{#rows}}{{n}} {{odd}} {{later}} {{in.name}} {{#in}}{{name}}{{#last}}!{{/last}}{{/in}}\n{{/rows}}"), LANG_EN,
	    NULL, NULL, &t, NULL));
	assert_ok(mustache_render(t, o, out, false, NULL));
	assert_string_equal(buf_cstr(a, out),
	    "0 - x&lt;y in 0 in 0\n10 - x&lt;y in 1 in 1\n20 - x&lt;y  outside\n30 odd x&lt;y in 3 in 3\n"
	    "40 -  in 4 in 4!\n");
	assert_string_equal(value_cstr(value_member(value_at(rows, 1), 1)), "x<y");
	assert_string_equal(value_json_text(a, value_at(rows, 0)),
	    "{\"n\":0,\"later\":\"x<y\",\"in\":{\"name\":\"in 0\",\"last\":false}}");
}

static struct str
counted_partial(void *object, struct str name)
{
	int *asked = object;

	(*asked)++;
	return str_is(name, "plain") ? STR("text") : str_is(name, "again") ? STR("{{#x}}{{>plain}}{{y}}{{/x}}") : STR_NULL;
}

/* Templates of one library share their partials. */
static void
test_library(void **state)
{
	AUTO(arena) a = arena_new();
	int asked = 0;
	struct mustache_library *l = mustache_library(a, LANG_EN, counted_partial, &asked);
	const struct template *one, *two;
	struct buf *out = buf_new(a, LIMIT_MIB(1));
	struct value *model;

	(void)state;
	assert_ok(mustache_compile_in(l, STR("a {{>plain}} {{>again}} {{>plain}} b"), &one, NULL));
	assert_ok(mustache_compile_in(l, STR("{{>again}}{{#x}}{{>plain}}{{/x}}c"), &two, NULL));
	assert_int_equal(asked, 2);
	assert_ok(value_parse(a, STR("{\"x\":true,\"y\":\"!\"}"), &model, NULL));
	assert_ok(mustache_render(one, model, out, true, NULL));
	buf_char(out, '|');
	assert_ok(mustache_render(two, model, out, true, NULL));
	assert_string_equal(buf_cstr(a, out), "a text text! text b|text!textc");
	assert_err(mustache_compile_in(l, STR("{{#x}}"), &one, NULL), ERR_INVALID);
	assert_ok(mustache_compile_in(l, STR("{{y}}"), &one, NULL));
}

static void
test_speed(void **state)
{
	struct arena *a = *state;
	struct value *o = value_object(a), *rows = value_set_list(a, o, "rows");
	struct buf *out = buf_new(a, LIMIT_MIB(1)), *source = buf_new(a, LIMIT_MIB(1));
	const struct template *t;
	enum { ROWS = 50, TURNS = 200 };

	for (int i = 0; i < ROWS; i++) {
		struct value *row = value_add_object(a, rows);

		value_set_text(a, row, "ref", arena_printf(a, "INC-2026-%05d", i));
		value_set_text(a, row, "title", "〇〇銀行を装ったフィッシングサイト <login> & \"more\"");
		value_set_text(a, row, "state", "coordinating");
		value_set_text(a, row, "state_label", "調整中");
		value_set_text(a, row, "owner", "鈴木 花子");
		value_set_text(a, row, "href", arena_printf(a, "/incidents/INC-2026-%05d", i));
		value_set_text(a, row, "due", "2026-09-18T14:05:00+09:00");
		value_set_int(a, row, "parties", i);
		value_set_bool(a, row, "urgent", i % 3 == 0);
		struct value *tags = value_set_list(a, row, "tags");

		for (int j = 0; j < 3; j++)
			value_add_text(a, tags, "phishing");
	}
	buf_text(source,
	    "<table>{{#rows}}<tr class=\"row{{#urgent}} urgent{{/urgent}}\">"
	    "<td class=\"select\"><input type=\"checkbox\" name=\"ref\" value=\"{{ref}}\" "
	    "aria-label=\"{{_ Total}} {{ref}}\"></td><td class=\"ref\"><a href=\"{{href}}\">{{ref}}</a></td>"
	    "<td class=\"title\"><a class=\"title-link\" href=\"{{href}}\">{{title}}</a>"
	    "{{#tags}}<span class=\"tag\">{{.}}</span>{{/tags}}</td>"
	    "<td><span class=\"state state-{{state}}\">{{state_label}}</span></td>"
	    "<td class=\"owner\">{{owner}}</td><td class=\"number\">{{parties}}</td>"
	    "<td><time datetime=\"{{due}}\">{{due}}</time></td></tr>\n{{/rows}}</table>");
	assert_ok(mustache_compile(a, buf_view(source), LANG_JA, NULL, NULL, &t, NULL));

	int64_t best_page = INT64_MAX, best_json = INT64_MAX, best_parse = INT64_MAX;
	size_t page = 0, json = 0;

	for (int i = 0; i < TURNS; i++) {
		buf_clear(out);
		int64_t from = clock_monotonic_us();

		assert_ok(mustache_render(t, o, out, true, NULL));
		int64_t took = clock_monotonic_us() - from;

		page = out->n;
		best_page = took < best_page ? took : best_page;
		buf_clear(out);
		from = clock_monotonic_us();
		value_json(out, o);
		took = clock_monotonic_us() - from;
		json = out->n;
		best_json = took < best_json ? took : best_json;
		AUTO(arena) scratch = arena_new();
		struct value *v;

		from = clock_monotonic_us();
		assert_ok(value_parse(scratch, buf_view(out), &v, NULL));
		took = clock_monotonic_us() - from;
		best_parse = took < best_parse ? took : best_parse;
	}
	print_message("page of %zu bytes: %lld us; JSON of %zu bytes: %lld us, read in %lld us\n",
	    page, (long long)best_page, json, (long long)best_json, (long long)best_parse);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_mustache_spec),
		UNIT_TEST(test_mustache_ours),
		UNIT_TEST(test_mustache_html),
		UNIT_TEST(test_mustache_wrong),
		UNIT_TEST(test_mustache_strict),
		UNIT_TEST(test_mustache_bounds),
		UNIT_TEST(test_rows),
		UNIT_TEST(test_library),
		UNIT_TEST(test_value),
		UNIT_TEST(test_json),
		UNIT_TEST(test_i18n),
		UNIT_TEST(test_mo),
		UNIT_TEST(test_templates),
		UNIT_TEST(test_assets),
		UNIT_TEST(test_speed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
