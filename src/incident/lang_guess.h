/* SPDX-License-Identifier: Apache-2.0 */
/* lang_guess.h - is a text Japanese or English? */
#ifndef INCIDENT_LANG_GUESS_H
#define INCIDENT_LANG_GUESS_H

#include "base/zone.h"

/*
 * Japanese when kana are part of it; short texts of Han alone count as
 * Japanese too, long ones do not (Chinese has no kana).  Everything else with
 * letters is English, the language we would answer in.  A text without letters
 * gives ${otherwise}.  URLs and addresses weigh little: one kana outweighs
 * twenty Latin letters.
 */
enum lang lang_guess(struct str text, enum lang otherwise);

#endif
