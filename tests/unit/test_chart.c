/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "unit.h"

#include "text/chart.h"
#include "text/chart_lanes.h"

typedef struct str (*draw_fn)(struct arena *a, const struct chart *c);
static const draw_fn draw[] = { chart_bars, chart_line, chart_top, chart_spark };
static const char *const draw_name[] = { "bars", "line", "top", "spark" };

static const char *const label[] = { "6/26", "7/3", "7/10", "7/17", "7/24", "7/31", "8/7", "8/14",
	"8/21", "8/28", "9/4", "9/11", "9/18" };
static const int64_t one[] = { 612, 640, 598, 655, 702, 688, 421, 632, 711, 734, 760, 742, 655 };
static const int64_t two[] = { 238, 251, 229, 260, 274, 268, 241, 255, 280, 291, 305, 288, 231 };
static const int64_t small[] = { 0, 1, 0, 2, 0, 0, 1, 0, 0, 0, 1, 0, 1 };
static const int64_t wrong[] = { -1, INT64_MIN, INT64_MAX, INT64_MAX, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

/* Balanced, escaped, no style; enough to catch a broken one. */
static void
check(struct arena *a, struct str svg, const char *title)
{
	const char *s = arena_cstr(a, svg);

	assert_true(str_starts(svg, STR("<svg class=\"c\"")));
	assert_true(str_ends(svg, STR("</svg>\n")));
	assert_non_null(strstr(s, title));
	assert_null(strstr(s, "style="));
	assert_null(strstr(s, "<b>"));
	assert_null(strstr(s, "nan"));
	assert_null(strstr(s, "inf"));
	assert_null(strstr(s, "=\"-"));
}

static void
test_charts(void **state)
{
	static const struct chart_series series[] = {
		{ "国内", one }, { "海外", two }, { "とても長い名前のとても長い名前の系列", small },
		{ "<b>&", small }, { "5", small }, { "6", small }, { "seven", small },
	};
	struct arena *a = *state;
	const char *folder = getenv("TOBIGUCHI_TEST_CHARTS"); /* to look at them */

	for (size_t i = 0; i < COUNT(draw); i++) {
		for (size_t n = 0; n <= COUNT(series); n++) {
			const struct chart c = { .title = "週別の報告件数 <b>",
				.description = "\"x\" & <y>", .label = label, .labels = COUNT(label),
				.series = series, .series_count = n };
			struct str svg = draw[i](a, &c);

			check(a, svg, "<title id=\"c");
			check(a, svg, "週別の報告件数 &lt;b&gt;");
			if (folder == NULL)
				continue;
			FILE *f = fopen(
			    arena_printf(a, "%s/%s%zu.svg", folder, draw_name[i], n), "w");

			assert_non_null(f);
			(void)fwrite(svg.p, 1, svg.n, f);
			(void)fclose(f);
		}
	}
}

static void
test_odd_data(void **state)
{
	static const struct chart_series series[] = { { "x", wrong }, { "y", wrong } };
	struct arena *a = *state;

	for (size_t i = 0; i < COUNT(draw); i++)
		for (size_t labels = 0; labels <= COUNT(wrong); labels++) {
			const struct chart c = { .title = "t", .description = NULL,
				.label = label, .labels = labels, .series = series,
				.series_count = 2, .width = 300, .height = 200 };

			check(a, draw[i](a, &c), "300 200");
		}
}

/* The case of March 2005: one bank, three countries, one of them without a
 * contact. */
static void
test_lanes(void **state)
{
	static const char *const lane[] = { "みなと例示銀行（報告者）", "Example CSIRT <team>", "CSIRT of Korea",
		"CSIRT of Poland", "ISP in Uruguay with a very long name indeed, longer than two lines can hold" };
	static const struct chart_lane_step step[] = {
		{ .lane = 0, .from = -1, .when = "3/14 08:12", .name = "報告" },
		{ .lane = 1, .from = 0, .when = "3/14 08:40", .name = "トリアージ", .own = true },
		{ .lane = 2, .from = 1, .when = "3/14 09:05", .name = "停止依頼" },
		{ .lane = 3, .from = 1, .when = "3/14 09:10", .name = "停止依頼" },
		{ .lane = 4, .from = 1, .when = "3/14 09:30", .name = "Stop request by way of the provider", .open = true },
		{ .lane = 1, .from = 2, .when = "3/14 13:05", .name = "Stopped", .own = true },
		{ .lane = 1, .from = 3, .when = "3/15 05:10", .name = "Stopped", .own = true },
		{ .lane = 99, .from = 99, .when = "", .name = "" },
	};
	struct chart_lanes c = {
		.title = "Course of the coordination",
		.description = "Bank reports 08:12 …",
		.lane = lane,
		.lanes = COUNT(lane),
		.step = step,
		.steps = COUNT(step),
		.foot = "Report to last stop: 20 h 58 min",
	};
	struct arena *a = *state;
	struct str svg = chart_lanes(a, &c);
	const char *folder = getenv("TOBIGUCHI_TEST_CHARTS");

	check(a, svg, "Example CSIRT &lt;team&gt;");
	check(a, svg, " ask\" d=");
	check(a, svg, "…</text>");
	check(a, svg, "Report to last stop: 20 h 58 min");
	assert_int_equal(str_find(svg, STR("NaN"), 0), SIZE_MAX);
	/* a step of no lane is not drawn */
	size_t boxes = 0;

	for (size_t at = 0; (at = str_find(svg, STR("\"c-node"), at)) != SIZE_MAX; at++)
		boxes++;
	assert_int_equal(boxes, COUNT(step) - 1);
	check(a, chart_lanes(a, &(struct chart_lanes){ .title = "t", .description = "d" }), "<svg");
	if (folder != NULL) {
		FILE *f = fopen(arena_printf(a, "%s/lanes.svg", folder), "w");

		assert_non_null(f);
		(void)fwrite(svg.p, 1, svg.n, f);
		(void)fclose(f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(test_charts),
		UNIT_TEST(test_odd_data),
		UNIT_TEST(test_lanes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
