/* SPDX-License-Identifier: Apache-2.0 */
/* parsers.c - what the parse role can open: one row a format. */
#include "directory/host.h"
#include "directory/rdap.h"
#include "directory/security_txt.h"
#include "directory/whois.h"
#include "directory/wkd.h"
#include "mail/mail.h"
#include "sys/ipc.h"
#include "takedown/check_page.h"
#include "takedown/picture.h"
#include "vulnerability/bundle.h"

const struct parser parsers[] = {
	{ "mail", mail_parse, mail_parse_init },
	{ "whois", whois_parse_row, NULL }, /* mail's row opens the charsets */
	{ "rdap", rdap_parse_row, NULL },
	{ "rdap-bootstrap", rdap_bootstrap_row, host_init },
	{ "security.txt", security_txt_parse_row, NULL },
	{ "wkd", wkd_parse_row, NULL },
	{ "page", check_page_parser, NULL },
	{ "picture", picture_parser, NULL },
	{ "vulnerability", bundle_parser, NULL },
	{ NULL, NULL, NULL },
};
