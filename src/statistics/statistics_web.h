/* SPDX-License-Identifier: Apache-2.0 */
/* statistics_web.h - the pages of this folder. */
#ifndef STATISTICS_STATISTICS_WEB_H
#define STATISTICS_STATISTICS_WEB_H

#include "web/web.h"

extern const struct web_route statistics_routes[], home_routes[];

#endif
