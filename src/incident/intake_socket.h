/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intake_socket.h - DATA/intake.sock, where "mail receive" hands over one mail.
 *
 * The client writes a big-endian u32 length and the mail, and reads one byte:
 * 'y' it is durable; 'n' try again later; 'l' it is larger than LIMIT_MAIL.
 * Only the server's own user may connect (mode 0600).
 */
#ifndef INCIDENT_INTAKE_SOCKET_H
#define INCIDENT_INTAKE_SOCKET_H

#include "base/err.h"

struct intake_socket;
struct web_state;

/* Listens and serves from threads of its own. ERR_LIMIT: the path is longer
 * than a socket's may be; mails then go in without the server's help. */
MUST_USE enum err intake_socket_start(struct web_state *web, const char *path, struct intake_socket **ret);
/* Ends what runs and removes the socket; NULL is fine. */
void intake_socket_free(struct intake_socket *s);

#endif
