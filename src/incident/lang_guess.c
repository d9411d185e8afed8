/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/lang_guess.h"

#include "base/limit.h"
#include "base/utf8.h"

enum lang
lang_guess(struct str text, enum lang otherwise)
{
	size_t kana = 0, han = 0, other = 0;

	text = str_take(text, LIMIT_KIB(64)); /* the beginning tells */
	while (text.n > 0) {
		uint32_t c = utf8_next(&text);

		if ((c >= 0x3041 && c <= 0x30fe && c != 0x30fb) || (c >= 0xff66 && c <= 0xff9f))
			kana++;
		else if (c >= 0x3400 && c <= 0x9fff)
			han++;
		else if ((c < 0x80 && str_is_alpha((char)c)) || (c >= 0xc0 && c < 0x2000) ||
		    (c >= 0xac00 && c <= 0xd7a3))
			other++;
	}
	if (kana + han + other == 0)
		return otherwise;
	if (kana > 0)
		return (kana + han) * 20 >= other ? LANG_JA : LANG_EN;
	return han > 0 && han <= 30 && han * 4 >= other ? LANG_JA : LANG_EN;
}
