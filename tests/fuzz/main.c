/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main.c - runs a fuzz target over files and folders without libFuzzer.
 *
 * So the corpus is a regression test of every build and every compiler.  Each
 * file is copied to a block of exactly its size: a sanitizer then sees a read
 * of one byte too many.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int files;

static void
run_file(const char *path, size_t size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = malloc(size > 0 ? size : 1);

	if (f == NULL || data == NULL || fread(data, 1, size, f) != size) {
		(void)fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	(void)fclose(f); /* only read */
	(void)LLVMFuzzerTestOneInput(data, size); /* always 0 */
	free(data);
	files++;
}

static void
run(const char *path)
{
	struct stat st;
	struct dirent *entry;
	char inner[4096];

	if (stat(path, &st) != 0) {
		(void)fprintf(stderr, "%s: no such file or folder\n", path);
		exit(1);
	}
	if (!S_ISDIR(st.st_mode)) {
		run_file(path, (size_t)st.st_size);
		return;
	}
	DIR *dir = opendir(path);

	if (dir == NULL) {
		(void)fprintf(stderr, "%s: cannot be opened\n", path);
		exit(1);
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		int n = snprintf(inner, sizeof(inner), "%s/%s", path, entry->d_name);

		if (n > 0 && (size_t)n < sizeof(inner))
			run(inner);
	}
	(void)closedir(dir); /* only read */
}

int
main(int argc, char **argv)
{
	static const uint8_t none[1];

	(void)LLVMFuzzerTestOneInput(none, 0);
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	(void)printf("%d files\n", files);
	return argc > 1 && files == 0; /* an empty corpus tests nothing */
}
