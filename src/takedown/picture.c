/* SPDX-License-Identifier: Apache-2.0 */
#include "takedown/picture.h"

#include <png.h>
#include <string.h>
#include <turbojpeg.h>
#include <webp/decode.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/limit.h"
#include "base/scan.h"
#include "sys/ipc.h"
#include "text/i18n.h"

#define ASK_MS 30000
#define QUALITY 85

#define NO_PICTURE N_("This is no PNG, JPEG or WebP picture.")
#define BROKEN N_("The picture is broken and cannot be read.")
#define TOO_LARGE N_("The picture has too many pixels. Make it smaller.")

struct pixels { /* RGB, rows without gaps */
	unsigned char *p;
	int width, height;
};

static bool
fits(int64_t width, int64_t height)
{
	return width > 0 && height > 0 && width <= LIMIT_PICTURE_SIDE && height <= LIMIT_PICTURE_SIDE &&
	    width * height <= LIMIT_PICTURE_PIXELS;
}

static enum err
room(struct arena *a, int64_t width, int64_t height, struct pixels *ret, const char **ret_why)
{
	if (!fits(width, height)) {
		*ret_why = TOO_LARGE;
		return ERR_LIMIT;
	}
	*ret = (struct pixels){ arena_many(a, unsigned char, (size_t)(width * height) * 3), (int)width, (int)height };
	return OK;
}

static enum err
read_png(struct arena *a, struct str bytes, struct pixels *ret, const char **ret_why)
{
	png_image image = { .version = PNG_IMAGE_VERSION };
	const png_color white = { 255, 255, 255 };

	*ret_why = BROKEN;
	if (png_image_begin_read_from_memory(&image, bytes.p, bytes.n) == 0)
		return ERR_INVALID;
	image.format = PNG_FORMAT_RGB;
	enum err e = room(a, image.width, image.height, ret, ret_why);

	if (e == OK && png_image_finish_read(&image, &white, ret->p, 0, NULL) == 0)
		e = ERR_INVALID;
	png_image_free(&image);
	return e;
}

static enum err
read_jpeg(struct arena *a, struct str bytes, struct pixels *ret, const char **ret_why)
{
	tjhandle h = tjInitDecompress();
	const unsigned char *p = (const unsigned char *)bytes.p;
	int width = 0, height = 0, sampling, space;
	enum err e = ERR_INVALID;

	*ret_why = BROKEN;
	if (h == NULL)
		return ERR_UNAVAILABLE;
	if (tjDecompressHeader3(h, p, bytes.n, &width, &height, &sampling, &space) == 0)
		e = room(a, width, height, ret, ret_why);
	/* A fault that still gives a picture (a cut file) is a warning. A small file
	 * with very many scans would keep a core busy for minutes: 500 at most. */
	if (e == OK && tjDecompress2(h, p, bytes.n, ret->p, width, 0, height, TJPF_RGB, TJFLAG_LIMITSCANS) != 0 &&
	    tjGetErrorCode(h) != TJERR_WARNING)
		e = ERR_INVALID;
	(void)tjDestroy(h); /* it cannot fail in a way that matters */
	return e;
}

static enum err
read_webp(struct arena *a, struct str bytes, struct pixels *ret, const char **ret_why)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	WebPBitstreamFeatures f;

	*ret_why = BROKEN;
	if (WebPGetFeatures(p, bytes.n, &f) != VP8_STATUS_OK || f.has_animation != 0)
		return ERR_INVALID;
	TRY(room(a, f.width, f.height, ret, ret_why));
	size_t n = (size_t)f.width * (size_t)f.height;

	if (f.has_alpha == 0)
		return WebPDecodeRGBInto(p, bytes.n, ret->p, n * 3, f.width * 3) == NULL ? ERR_INVALID : OK;
	unsigned char *with = arena_many(a, unsigned char, n * 4);

	if (WebPDecodeRGBAInto(p, bytes.n, with, n * 4, f.width * 4) == NULL)
		return ERR_INVALID;
	for (size_t i = 0; i < n; i++) {
		unsigned alpha = with[i * 4 + 3];

		for (size_t k = 0; k < 3; k++)
			ret->p[i * 3 + k] = (unsigned char)((with[i * 4 + k] * alpha + 255 * (255 - alpha)) / 255);
	}
	return OK;
}

/* The mean of the pixels that become one. */
static void
mean(const struct pixels *from, int x0, int x1, int y0, int y1, unsigned char *to)
{
	unsigned sum[3] = { 0 }, n = (unsigned)((x1 - x0) * (y1 - y0));

	for (int y = y0; y < y1; y++) {
		const unsigned char *p = from->p + ((size_t)y * (size_t)from->width + (size_t)x0) * 3;

		for (int x = x0; x < x1; x++, p += 3) {
			sum[0] += p[0];
			sum[1] += p[1];
			sum[2] += p[2];
		}
	}
	for (int k = 0; k < 3; k++)
		to[k] = (unsigned char)(sum[k] / n);
}

static struct pixels
shrink(struct arena *a, const struct pixels *from)
{
	int width = PICTURE_WIDTH;
	int height = (int)((int64_t)from->height * width / from->width);
	struct pixels to = { NULL, width, height < 1 ? 1 : height > PICTURE_HEIGHT ? PICTURE_HEIGHT : height };

	to.p = arena_many(a, unsigned char, (size_t)to.width * (size_t)to.height * 3);
	for (int y = 0; y < to.height; y++) {
		int y0 = (int)((int64_t)y * from->width / width), y1 = (int)((int64_t)(y + 1) * from->width / width);

		y0 = y0 >= from->height ? from->height - 1 : y0;
		y1 = y1 > from->height ? from->height : y1 <= y0 ? y0 + 1 : y1;
		for (int x = 0; x < width; x++)
			mean(from, (int)((int64_t)x * from->width / width), (int)((int64_t)(x + 1) * from->width / width), y0, y1,
			    to.p + ((size_t)y * (size_t)width + (size_t)x) * 3);
	}
	return to;
}

static enum err
write_jpeg(struct arena *a, const struct pixels *from, struct picture_made *ret)
{
	tjhandle h = tjInitCompress();
	unsigned long n = tjBufSize(from->width, from->height, TJSAMP_444);
	unsigned char *to = arena_many(a, unsigned char, n);

	if (h == NULL)
		return ERR_UNAVAILABLE;
	int rc = tjCompress2(h, from->p, from->width, 0, from->height, TJPF_RGB, &to, &n, TJSAMP_444, QUALITY, TJFLAG_NOREALLOC);

	(void)tjDestroy(h); /* as above */
	if (rc != 0)
		return ERR_INVALID;
	*ret = (struct picture_made){ from->width, from->height, { (const char *)to, n } };
	return n > LIMIT_PICTURE_MADE ? ERR_LIMIT : OK;
}

enum err
picture_make(struct arena *a, struct str bytes, struct picture_made *ret, const char **ret_why)
{
	struct pixels p = { 0 };

	*ret_why = NO_PICTURE;
	if (bytes.n > LIMIT_PICTURE_FILE)
		return ERR_LIMIT;
	if (str_starts(bytes, (struct str){ "\x89PNG\r\n\x1a\n", 8 }))
		TRY(read_png(a, bytes, &p, ret_why));
	else if (str_starts(bytes, STR("\xff\xd8\xff")))
		TRY(read_jpeg(a, bytes, &p, ret_why));
	else if (str_starts(bytes, STR("RIFF")) && str_starts(str_skip(bytes, 8), STR("WEBP")))
		TRY(read_webp(a, bytes, &p, ret_why));
	else
		return ERR_INVALID;
	if (p.width > PICTURE_WIDTH)
		p = shrink(a, &p);
	else if (p.height > PICTURE_HEIGHT)
		p.height = PICTURE_HEIGHT;
	*ret_why = BROKEN;
	return write_jpeg(a, &p, ret);
}

enum err
picture_parser(struct arena *a, struct str in, struct ipc *crypt, struct buf *out)
{
	struct picture_made made;
	const char *why;
	enum err e = picture_make(a, in, &made, &why);

	(void)crypt;
	if (e == ERR_INVALID || e == ERR_LIMIT) {
		buf_text(out, why);
		return e;
	}
	TRY(e);
	buf_u32(out, (uint32_t)made.width);
	buf_u32(out, (uint32_t)made.height);
	buf_str(out, made.jpeg);
	return buf_error(out);
}

enum err
picture_ask(struct ipc *parse, struct arena *a, struct str bytes, struct picture_made *ret, const char **ret_why)
{
	struct str answer;
	enum err e = ipc_call(parse, a, "picture", bytes, ASK_MS, &answer);
	struct scan s = scan_of(answer);

	*ret_why = e == OK || answer.n == 0 ? BROKEN : arena_cstr(a, answer);
	TRY(e);
	uint32_t width = scan_u32(&s), height = scan_u32(&s);

	*ret = (struct picture_made){ (int)width, (int)height, scan_bytes(&s, scan_left(&s)) };
	TRY(scan_end(&s));
	/* The cage may have been taken over: what it gives is bounded here again. */
	if (width < 1 || width > PICTURE_WIDTH || height < 1 || height > PICTURE_HEIGHT || ret->jpeg.n > LIMIT_PICTURE_MADE ||
	    !str_starts(ret->jpeg, STR("\xff\xd8\xff")))
		return ERR_INVALID;
	return OK;
}
