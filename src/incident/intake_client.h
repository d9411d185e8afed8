/* SPDX-License-Identifier: Apache-2.0 */
/* intake_client.h - hands one mail to the server that owns a data folder. */
#ifndef INCIDENT_INTAKE_CLIENT_H
#define INCIDENT_INTAKE_CLIENT_H

#include "base/err.h"
#include "base/str.h"

struct arena;

/* Through DATA/intake.sock (intake_socket.h). OK: it is durable.
 * ERR_NOT_FOUND: no server runs there. ERR_LIMIT: larger than LIMIT_MAIL.
 * ERR_UNAVAILABLE: it could not be stored now; try again. */
MUST_USE enum err intake_hand_over(struct arena *a, const char *data_dir, struct str raw);

#endif
