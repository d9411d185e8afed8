/* SPDX-License-Identifier: Apache-2.0 */
/*
 * responsible.h - whose is an address, a name, an AS number: the scopes of all
 * organisations as one table for many fast questions.
 *
 * Made once from a list, never changed after, read by any number of threads. An
 * answer is all organisations that claim the narrowest network around an
 * address, or the longest domain that a name lies in. responsible_store.h keeps
 * one for a process and renews it when the directory changes.
 */
#ifndef DIRECTORY_RESPONSIBLE_H
#define DIRECTORY_RESPONSIBLE_H

#include <stdint.h>

#include "base/err.h"
#include "base/ip.h"
#include "base/str.h"

struct responsible;

struct responsible_scope {
	int64_t organisation;
	bool member;	    /* of our constituency */
	const char *kind;   /* scope_kinds[] of scope.h */
	const char *value;  /* canonical */
};

/* Copies the list. One whose value is not canonical is passed over. */
struct responsible *responsible_new(const struct responsible_scope *list, size_t n);
void responsible_free(struct responsible *r);
AUTO_DEFINE(responsible)

/* Each returns the first of ${*ret_n} scopes of one kind and value, members of
 * the constituency first; NULL and 0 when nobody has it. */
const struct responsible_scope *responsible_address(const struct responsible *r, const struct ip *ip, size_t *ret_n);
/* ${name}: as DNS has it. "www.example.jp" lies in "example.jp". */
const struct responsible_scope *responsible_name(const struct responsible *r, struct str name, size_t *ret_n);
const struct responsible_scope *responsible_as(const struct responsible *r, uint32_t number, size_t *ret_n);
/* By kind "country" or "brand" and its canonical value. */
const struct responsible_scope *responsible_exact(const struct responsible *r, const char *kind, struct str value, size_t *ret_n);

size_t responsible_count(const struct responsible *r);

#endif
