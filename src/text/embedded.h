/* SPDX-License-Identifier: Apache-2.0 */
/* embedded.h - what src/text/meson.build embeds: templates/ and po/. */
#ifndef TEXT_EMBEDDED_H
#define TEXT_EMBEDDED_H

#include "base/embedded.h"

extern const struct embedded_list text_templates;  /* NAME.mustache */
extern const struct embedded_list text_catalogues; /* ja.mo, en.mo */

#endif
