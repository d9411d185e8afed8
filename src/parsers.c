/* SPDX-License-Identifier: Apache-2.0 */
/* parsers.c - what the parse role can open: one row a format. */
#include "mail/mail.h"
#include "sys/ipc.h"

const struct parser parsers[] = {
	{ "mail", mail_parse, mail_parse_init },
	{ NULL, NULL, NULL },
};
