/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail_crypt.h - OpenPGP and S/MIME, asked of the crypt role.
 *
 * Each function is one ipc_call over ${crypt}, the pipe to the crypt role
 * (crypt.h), which alone owns the keyring. NULL for ${crypt} gives
 * ERR_UNAVAILABLE. Errors carry an English sentence in *ret_why (may be NULL).
 *
 * ERR_UNAVAILABLE: no crypt role, or gpg is not installed. ERR_NOT_FOUND: a
 * key that is needed is not there. ERR_INVALID: what was given is not OpenPGP
 * or CMS. ERR_DENIED: the key may not be used (expired, revoked, disabled).
 */
#ifndef MAIL_MAIL_CRYPT_H
#define MAIL_MAIL_CRYPT_H

#include "mail/mail.h"

struct crypt_signature {
	enum mail_signature state;
	const char *fingerprint; /* upper case hex; a key id when the key is unknown */
	const char *user;	 /* the key's first user id, or "" */
	struct mail_texts addresses; /* all addresses of its user ids, lower case */
	int64_t at;		 /* when signed, 0 when unknown */
};

struct crypt_result {
	struct crypt_signature *signature;
	size_t n;
	struct str text; /* plaintext, when there was something to open */
	bool decrypted;
};

struct crypt_key {
	const char *fingerprint;
	struct mail_texts users;  /* all user ids */
	struct mail_texts addresses; /* of them, lower case */
	int64_t created_at;	  /* UTC milliseconds */
	int64_t expires_at;	  /* 0: never */
	bool secret;		  /* we have the secret key */
	bool can_encrypt, can_sign;
	bool revoked, expired;
	/* S/MIME only: */
	const char *issuer;	  /* or NULL */
	bool root, trusted;	  /* issued by itself; trusted by us */
};

struct crypt_keys {
	struct crypt_key *item;
	size_t n;
};


enum crypt_kind { CRYPT_PGP, CRYPT_SMIME };

/* A detached signature over exactly ${data}. */
MUST_USE enum err mail_crypt_verify(struct ipc *crypt, struct arena *a, enum crypt_kind kind, struct str data, struct str signature, struct crypt_result *ret, const char **ret_why);
/* Decrypts, or opens an attached or clear-text signature; ${decrypted} says
 * which it was. */
MUST_USE enum err mail_crypt_open(struct ipc *crypt, struct arena *a, enum crypt_kind kind, struct str data, struct crypt_result *ret, const char **ret_why);
/* Armored detached signature over ${data} by ${fingerprint}; ${ret_micalg} is
 * "pgp-sha256" or the like. */
MUST_USE enum err mail_crypt_sign(struct ipc *crypt, struct arena *a, const char *fingerprint, struct str data, struct str *ret, const char **ret_micalg, const char **ret_why);
/* Signs by ${signer} ("" for none) and encrypts to every fingerprint of
 * ${to}; armored. */
MUST_USE enum err mail_crypt_encrypt_sign(struct ipc *crypt, struct arena *a, const char *signer, const struct mail_texts *to, struct str data, struct str *ret, const char **ret_why);
/* Public keys, armored or not; tells what was in it. */
MUST_USE enum err mail_crypt_import_key(struct ipc *crypt, struct arena *a, struct str key, struct crypt_keys *ret, const char **ret_why);
/* The same for a secret key without a passphrase. */
MUST_USE enum err mail_crypt_import_secret(struct ipc *crypt, struct arena *a, struct str key, struct crypt_keys *ret, const char **ret_why);
/* Our public key, armored. */
MUST_USE enum err mail_crypt_export_own(struct ipc *crypt, struct arena *a, const char *fingerprint, struct str *ret, const char **ret_why);
/* A new team key without passphrase: Ed25519 to sign, Curve25519 to encrypt,
 * no expiry. ${ret} is its fingerprint. */
MUST_USE enum err mail_crypt_make_key(struct ipc *crypt, struct arena *a, const char *name, const char *address, const char **ret, const char **ret_why);
/* Keys whose user ids name ${address} ("" for all), OpenPGP. */
MUST_USE enum err mail_crypt_list(struct ipc *crypt, struct arena *a, const char *address, struct crypt_keys *ret, const char **ret_why);

/* S/MIME. Nothing is fetched: revocation lists are not asked.
 * PEM, DER or base64: certificates, or our own key as PKCS#12 with ${password}. */
MUST_USE enum err mail_crypt_smime_import(struct ipc *crypt, struct arena *a, struct str data, const char *password, struct crypt_keys *ret, const char **ret_why);
/* The certificates that we hold. */
MUST_USE enum err mail_crypt_smime_list(struct ipc *crypt, struct arena *a, struct crypt_keys *ret, const char **ret_why);
/* A root certificate that we hold: trusted from now on, or no longer. */
MUST_USE enum err mail_crypt_smime_trust(struct ipc *crypt, struct arena *a, const char *fingerprint, bool trusted, const char **ret_why);
/* The certificate, its secret key and the trust in it. */
MUST_USE enum err mail_crypt_smime_remove(struct ipc *crypt, struct arena *a, const char *fingerprint, const char **ret_why);

/* Between the roles. Decoding gives views; ERR_INVALID for what these do not
 * write. */
void mail_crypt_result_encode(const struct crypt_result *c, struct buf *out);
MUST_USE enum err mail_crypt_result_decode(struct arena *a, struct str s, struct crypt_result *ret);
void mail_crypt_keys_encode(const struct crypt_keys *k, struct buf *out);
MUST_USE enum err mail_crypt_keys_decode(struct arena *a, struct str s, struct crypt_keys *ret);

#endif
