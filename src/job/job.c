/* SPDX-License-Identifier: Apache-2.0 */
#include "job/job.h"

#include "base/clock.h"

int64_t
job_back_off(int tries)
{
	static const int64_t after[] = {
		1 * CLOCK_MINUTE,
		5 * CLOCK_MINUTE,
		15 * CLOCK_MINUTE,
		1 * CLOCK_HOUR,
		4 * CLOCK_HOUR,
		12 * CLOCK_HOUR,
		1 * CLOCK_DAY,
	};
	const int last = (int)COUNT(after) - 1;

	if (tries < 1)
		tries = 1;
	return after[tries - 1 < last ? tries - 1 : last];
}
