/* SPDX-License-Identifier: Apache-2.0 */
#include "telescope/sighting.h"

#include <math.h>
#include <string.h>

#define ALL (SIGHTING_HOURS + SIGHTING_LAG)
#define UNIT 4096.0
/* Of a count the transformed deviation is 1 when counts are not tiny; for those that
 * hardly ever move it would be 0, and everything would be an alert. */
#define SPREAD_LEAST 1.0
#define SLOW_SPREAD_LEAST 0.5
/* MAD of a normal distribution is its deviation / 1.4826. */
#define MAD 1.4826

const char *const sighting_rule_name[SIGHTING_RULES] = {
	[SIGHTING_WAVE] = "wave",
	[SIGHTING_SLOW] = "slow",
	[SIGHTING_HEAVY] = "heavy",
	[SIGHTING_FINGERPRINT] = "fingerprint",
	[SIGHTING_VICTIM] = "victim",
};

const struct sighting_limits sighting_ready = {
	.z = 6,
	.sources = 5,
	.drift = 0.75,
	.sum = 12,
	.slow_sources = 3,
	.history = 72,
	.slow_history = 144,
	.share = 50,
	.sensors = 3,
	.heavy = 2000,
	.victim = 1000,
	.quiet = 24,
};

double
sighting_anscombe(double n)
{
	return 2 * sqrt(n + 0.375);
}

static uint64_t
quantum(uint16_t n)
{
	return (uint64_t)(sighting_anscombe(n) * UNIT + 0.5);
}

/* The k-th smallest of ${n} numbers (Hoare); moves them. */
static double
nth(double *v, size_t n, size_t k)
{
	size_t from = 0, to = n - 1;

	while (from < to) {
		double pivot = v[(from + to) / 2];
		size_t i = from, j = to;

		while (i <= j) {
			while (v[i] < pivot)
				i++;
			while (v[j] > pivot)
				j--;
			if (i <= j) {
				double t = v[i];

				v[i] = v[j];
				v[j] = t;
				i++;
				if (j == 0)
					break;
				j--;
			}
		}
		if (k <= j)
			to = j;
		else if (k >= i)
			from = i;
		else
			break;
	}
	return v[k];
}

static double
median(double *v, size_t n)
{
	return n % 2 == 1 ? nth(v, n, n / 2) : (nth(v, n, n / 2 - 1) + nth(v, n, n / 2)) / 2;
}

static uint32_t
known(const struct sighting_clock *c, uint32_t most)
{
	return c->hours < most ? c->hours : most;
}

/* Place of the hour that is ${back} hours before the present one, 1.. */
static size_t
place(const struct sighting_clock *c, uint32_t back)
{
	return (c->hours + ALL - back) % ALL;
}

static bool
wave(const struct sighting_series *s, const struct sighting_clock *c, const struct sighting_limits *l, int64_t sources,
    struct sighting_fired *ret)
{
	uint32_t n = known(c, SIGHTING_HOURS);
	double v[SIGHTING_HOURS];

	if (sources < l->sources || n == 0 || n < l->history)
		return false;
	for (uint32_t i = 0; i < n; i++)
		v[i] = sighting_anscombe(s->past[place(c, i + 1)]);
	double middle = median(v, n);

	for (uint32_t i = 0; i < n; i++)
		v[i] = fabs(v[i] - middle);
	double spread = MAD * median(v, n);

	if (spread < SPREAD_LEAST)
		spread = SPREAD_LEAST;
	double z = (sighting_anscombe((double)sources) - middle) / spread;

	if (z <= l->z)
		return false;
	double usual = middle * middle / 4 - 0.375;

	*ret = (struct sighting_fired){ .wave = true, .score = z, .usual = usual > 0 ? usual : 0, .spread = spread, .hours = n };
	return true;
}

/* What is older than the lag: sums over at most a week of it. */
static bool
slow(struct sighting_series *s, const struct sighting_clock *c, const struct sighting_limits *l, int64_t at, int64_t sources,
    struct sighting_fired *ret)
{
	uint32_t n = c->hours <= SIGHTING_LAG ? 0 : known(c, ALL) - SIGHTING_LAG;

	if (n == 0 || n < l->slow_history)
		return false;
	double mean = (double)s->sum_q / UNIT / n;
	double square = (double)s->sum_qq / (UNIT * UNIT) / n;
	double spread = square > mean * mean ? sqrt(square - mean * mean) : 0;

	if (spread < SLOW_SPREAD_LEAST)
		spread = SLOW_SPREAD_LEAST;
	double step = (sighting_anscombe((double)sources) - mean) / spread - l->drift;

	if (s->pile <= 0)
		s->pile_from = at;
	s->pile += step;
	if (s->pile < 0)
		s->pile = 0;
	if (s->pile <= l->sum || sources < l->slow_sources)
		return false;
	double usual = mean * mean / 4 - 0.375;

	*ret = (struct sighting_fired){ .slow = true, .score = s->pile, .usual = usual > 0 ? usual : 0, .spread = spread,
		.hours = n, .since = s->pile_from };
	return true;
}

/* The hour that leaves the ring, the one that passes the lag, and the new one. */
static void
turn(struct sighting_series *s, const struct sighting_clock *c, int64_t sources)
{
	if (c->hours >= ALL) {
		uint64_t q = quantum(s->past[place(c, ALL)]);

		s->sum_q -= q;
		s->sum_qq -= q * q;
	}
	if (c->hours >= SIGHTING_LAG) {
		uint64_t q = quantum(s->past[place(c, SIGHTING_LAG)]);

		s->sum_q += q;
		s->sum_qq += q * q;
	}
	s->past[c->hours % ALL] = (uint16_t)(sources > UINT16_MAX ? UINT16_MAX : sources);
}

/* A series that came into being late had nothing before: its past is zeros, which
 * the sums must know. */
static void
begin(struct sighting_series *s, const struct sighting_clock *c)
{
	if (s->first != 0)
		return;
	s->first = c->hours + 1;
	uint64_t q = quantum(0), n = c->hours <= SIGHTING_LAG ? 0 : known(c, ALL) - SIGHTING_LAG;

	s->sum_q = q * n;
	s->sum_qq = q * q * n;
}

struct sighting_fired
sighting_hour(struct sighting_series *s, const struct sighting_clock *c, const struct sighting_limits *l, int64_t at,
    int64_t sources)
{
	struct sighting_fired f = { 0 };

	begin(s, c);
	bool is_wave = wave(s, c, l, sources, &f);
	struct sighting_fired g = { 0 };
	bool is_slow = slow(s, c, l, at, sources, &g);

	turn(s, c, sources);
	return is_wave ? f : is_slow ? g : (struct sighting_fired){ 0 };
}

bool
sighting_holds(const struct sighting_limits *l, const struct sighting_who *w)
{
	int64_t sensors = w->active < l->sensors ? w->active : l->sensors;

	return w->sources >= l->slow_sources && w->top * 100 <= l->share * w->packets && w->sensors >= sensors;
}
