/* SPDX-License-Identifier: Apache-2.0 */
/* phone_web.h - how to call the team: for the public pages. */
#ifndef INCIDENT_PHONE_WEB_H
#define INCIDENT_PHONE_WEB_H

struct web;

/* "Business days 09:30 to 17:30 (Asia/Tokyo)". */
const char *phone_web_hours(struct web *w);
/* data.phone, ui.phone_href, ui.phone_hours; nothing when there is no phone. */
void phone_web(struct web *w);

#endif
