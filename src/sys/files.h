/* SPDX-License-Identifier: Apache-2.0 */
/* files.h - files that survive a crash, and the data folder's own. */
#ifndef SYS_FILES_H
#define SYS_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct arena;

/* Make ${path} and what is missing above it; ${mode} for the last one (those
 * above get 0755). OK when it is there already; ERR_EXISTS: not a folder. */
MUST_USE enum err files_mkdirs(const char *path, unsigned mode);

/* All of ${path}. ERR_NOT_FOUND, ERR_DENIED, ERR_LIMIT over ${max}, ERR_IO. */
MUST_USE enum err files_read(struct arena *a, const char *path, size_t max, struct str *ret);
/* The same from an open descriptor, until its end. */
MUST_USE enum err files_read_fd(struct arena *a, int fd, size_t max, struct str *ret);

/* Replace ${path} whole or not at all: written beside it, fsynced, renamed,
 * the folder fsynced. ERR_UNAVAILABLE: the disk is full. */
MUST_USE enum err files_write(const char *path, struct str bytes, unsigned mode);
/* All of ${bytes} to ${fd}. */
MUST_USE enum err files_write_fd(int fd, struct str bytes);
/* Make the names in folder ${path} durable. */
MUST_USE enum err files_sync_folder(const char *path);

/*
 * Take flock(${path}), exclusively; the kernel gives it back when the process
 * ends. ERR_TIMEOUT after ${ms} (-1: wait for ever, 0: not at all).
 */
MUST_USE enum err files_lock(const char *path, int ms, int *ret_fd);
void files_unlock(int fd);

/*
 * The 32 bytes of a key file. ERR_NOT_FOUND: none. ERR_INVALID: not 32 bytes.
 * ERR_DENIED: not readable, or readable by others.
 */
MUST_USE enum err files_key_read(const char *path, unsigned char ret[32]);
/* Read it, or make it (mode 0600, durable, never over one that exists). */
MUST_USE enum err files_key_make(const char *path, unsigned char ret[32]);

/* Whether the folder ${path} has nothing in it (a new disk's lost+found is
 * nothing). */
MUST_USE enum err files_is_empty(const char *path, bool *ret);

#endif
