// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/first_stage.h"
#include "lib/plan.h"
#include "lib/prefix.h"
#include "lib/textfile.h"
#include "tests/unit/scratch.h"
#include "tool/image/initramfs.h"
#include "tool/image/initramfs_size.h"

#define IMAGE	    "image"
#define MAX_ENTRIES 32

/* The content of an archive. */
struct content {
	struct archive_entry *entries[MAX_ENTRIES];
	char *data[MAX_ENTRIES];
	size_t count;
};

static struct content content;

static int set_up(void **state)
{
	umask(022);
	return scratch_make(state);
}

static int tear_down(void **state)
{
	while (content.count) {
		content.count--;
		archive_entry_free(content.entries[content.count]);
		free(content.data[content.count]);
	}
	return scratch_remove(state);
}

static void read_entry(struct archive *archive, struct archive_entry *entry)
{
	size_t size = archive_entry_size(entry);
	char *data = calloc(1, size + 1);

	assert_in_range(content.count, 0, MAX_ENTRIES - 1);
	content.entries[content.count] = archive_entry_clone(entry);
	content.data[content.count++] = data;
	assert_int_equal(archive_read_data(archive, data, size), size);
}

/* Read only what the kernel can unpack: newc in zstd, from @offset on. */
static void read_image_from(off_t offset)
{
	struct archive *archive = archive_read_new();
	int fd = open(IMAGE, O_RDONLY), ret;
	struct archive_entry *entry;

	archive_read_support_filter_zstd(archive);
	archive_read_support_format_cpio(archive);
	assert_int_equal(lseek(fd, offset, SEEK_SET), offset);
	assert_int_equal(archive_read_open_fd(archive, fd, 10240), 0);
	while (!(ret = archive_read_next_header(archive, &entry)))
		read_entry(archive, entry);
	assert_int_equal(ret, ARCHIVE_EOF);
	assert_int_equal(archive_format(archive),
			 ARCHIVE_FORMAT_CPIO_SVR4_NOCRC);
	assert_int_equal(archive_filter_code(archive, 0), ARCHIVE_FILTER_ZSTD);
	archive_read_free(archive);
	close(fd);
}

static void read_image(void)
{
	read_image_from(0);
}

/* Return the place of @name, which must be there exactly once. */
static size_t find(const char *name)
{
	size_t i, found = MAX_ENTRIES;

	for (i = 0; i < content.count; i++) {
		if (strcmp(archive_entry_pathname(content.entries[i]), name))
			continue;
		if (found != MAX_ENTRIES)
			fail_msg("%s is there twice", name);
		found = i;
	}
	if (found == MAX_ENTRIES)
		fail_msg("%s is missing", name);
	return found;
}

static void assert_entry(const char *name, mode_t mode)
{
	struct archive_entry *entry = content.entries[find(name)];

	assert_int_equal(archive_entry_mode(entry), mode);
	assert_int_equal(archive_entry_uid(entry), 0);
	assert_int_equal(archive_entry_gid(entry), 0);
}

static void assert_file(const char *name, mode_t mode, const char *data)
{
	assert_entry(name, S_IFREG | mode);
	assert_int_equal(archive_entry_size(content.entries[find(name)]),
			 strlen(data));
	assert_string_equal(content.data[find(name)], data);
}

static struct initramfs *start(void)
{
	struct initramfs *initramfs = initramfs_new(IMAGE);

	assert_non_null(initramfs);
	return initramfs;
}

static void finish_quietly(struct initramfs *initramfs)
{
	struct text_list warnings = {};

	assert_int_equal(initramfs_finish(initramfs, &warnings, NULL), 0);
	assert_int_equal(warnings.count, 0);
}

static void finish(struct initramfs *initramfs)
{
	finish_quietly(initramfs);
	assert_false(is_there(IMAGE ".new"));
	read_image();
}

/* The reason begins with @reason: the rest is libarchive's. */
static void finish_fails(struct initramfs *initramfs, const char *reason)
{
	struct text_list warnings = {};
	struct error error;

	assert_int_equal(initramfs_finish(initramfs, &warnings, &error), -1);
	assert_int_equal(warnings.count, 0);
	if (!starts_with(error.reason, reason))
		fail_msg("\"%s\" does not begin with \"%s\"", error.reason,
			 reason);
}

/* After a failure there is no image, since there was none before. */
static void assert_fails(struct initramfs *initramfs, const char *reason)
{
	finish_fails(initramfs, reason);
	assert_false(is_there(IMAGE));
	assert_false(is_there(IMAGE ".new"));
}

static void test_empty(void **state)
{
	finish(start());
	assert_int_equal(content.count, 0);
}

static void test_text(void **state)
{
	struct initramfs *initramfs = start();

	initramfs_add_text(initramfs, "{ }\n", "/plan.json");
	initramfs_add_text(initramfs, "", "/empty");
	finish(initramfs);
	assert_int_equal(content.count, 2);
	assert_file("plan.json", 0644, "{ }\n");
	assert_file("empty", 0644, "");
}

static void test_files(void **state)
{
	struct initramfs *initramfs = start();

	make_text("program", "code");
	chmod("program", 04777);
	make_text("secret", "data");
	chmod("secret", 0600);
	make_link("link", "program");
	initramfs_add_file(initramfs, "program", "/init");
	initramfs_add_file(initramfs, "secret", "/secret");
	initramfs_add_file(initramfs, "link", "/copy");
	finish(initramfs);
	assert_int_equal(content.count, 3);
	assert_file("init", 0755, "code");
	assert_file("secret", 0600, "data");
	assert_file("copy", 0755, "code");
}

static void test_start_of_a_file(void **state)
{
	struct initramfs *initramfs = start();

	make_text("header", "headerkeyslots");
	make_text("short", "short");
	initramfs_add_start(initramfs, "header", 6, "/header");
	initramfs_add_start(initramfs, "short", 6, "/short");
	finish(initramfs);
	assert_int_equal(content.count, 2);
	assert_file("header", 0644, "header");
	assert_file("short", 0644, "short");
}

/* The kernel makes no directories: each comes before what it contains. */
static void test_directories(void **state)
{
	struct initramfs *initramfs = start();

	initramfs_add_text(initramfs, "1", "/usr/lib/x86/libc.so.6");
	initramfs_add_text(initramfs, "2", "/usr/lib/libd.so");
	initramfs_add_text(initramfs, "3", "/usr/bin/e");
	finish(initramfs);
	assert_int_equal(content.count, 7);
	assert_entry("usr", S_IFDIR | 0755);
	assert_entry("usr/lib", S_IFDIR | 0755);
	assert_entry("usr/lib/x86", S_IFDIR | 0755);
	assert_entry("usr/bin", S_IFDIR | 0755);
	assert_true(find("usr") < find("usr/lib"));
	assert_true(find("usr/lib") < find("usr/lib/x86"));
	assert_true(find("usr/lib/x86") < find("usr/lib/x86/libc.so.6"));
	assert_true(find("usr/bin") < find("usr/bin/e"));
}

static void test_the_first_one_stays(void **state)
{
	struct initramfs *initramfs = start();

	make_text("file", "second");
	initramfs_add_text(initramfs, "first", "/a/b");
	initramfs_add_text(initramfs, "second", "/a/b");
	initramfs_add_file(initramfs, "file", "/a/b");
	initramfs_add_decompressed(initramfs, "file", "/a/b");
	initramfs_add_character_device(initramfs, 1, 3, "/a/b");
	/* Nobody reads it, so it may be missing. */
	initramfs_add_file(initramfs, "missing", "/a/b");
	finish(initramfs);
	assert_int_equal(content.count, 2);
	assert_file("a/b", 0644, "first");
}

static void test_character_device(void **state)
{
	struct initramfs *initramfs = start();
	struct archive_entry *entry;

	initramfs_add_character_device(initramfs, 5, 1, "/dev/console");
	finish(initramfs);
	assert_entry("dev", S_IFDIR | 0755);
	assert_entry("dev/console", S_IFCHR | 0600);
	entry = content.entries[find("dev/console")];
	assert_int_equal(archive_entry_rdevmajor(entry), 5);
	assert_int_equal(archive_entry_rdevminor(entry), 1);
	assert_int_equal(archive_entry_size(entry), 0);
}

/* A compressor cannot make this smaller. */
static char *noise(size_t size)
{
	char *data = malloc(size);
	uint32_t random = 1;
	size_t i;

	for (i = 0; i < size; i++) {
		random = random * 1664525 + 1013904223;
		data[i] = random >> 24;
	}
	return data;
}

/* Larger than any buffer. */
static void test_large_file(void **state)
{
	struct initramfs *initramfs = start();
	size_t size = (3 << 20) + 1;
	char *data = noise(size);

	make_file("large", data, size);
	initramfs_add_file(initramfs, "large", "/large");
	finish(initramfs);
	assert_int_equal(archive_entry_size(content.entries[0]), size);
	assert_memory_equal(content.data[0], data, size);
	free(data);
}

/* @data compressed with a filter of libarchive's, such as "xz". */
static void make_compressed(const char *path, const char *filter,
			    const void *data, size_t size)
{
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();

	archive_write_set_format_raw(archive);
	assert_int_equal(archive_write_add_filter_by_name(archive, filter), 0);
	assert_int_equal(archive_write_open_filename(archive, path), 0);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_header(archive, entry);
	assert_int_equal(archive_write_data(archive, data, size), size);
	assert_int_equal(archive_write_close(archive), 0);
	archive_entry_free(entry);
	archive_write_free(archive);
}

static void test_decompression(void **state)
{
	static const char *const filters[] = { "xz", "zstd", "gzip" };
	struct initramfs *initramfs = start();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(filters); i++) {
		char *destination = format("/%s.ko", filters[i]);

		make_compressed(filters[i], filters[i], "a module", 8);
		initramfs_add_decompressed(initramfs, filters[i], destination);
		free(destination);
	}
	make_text("plain", "a module");
	initramfs_add_decompressed(initramfs, "plain", "/plain.ko");
	finish(initramfs);
	assert_file("xz.ko", 0644, "a module");
	assert_file("zstd.ko", 0644, "a module");
	assert_file("gzip.ko", 0644, "a module");
	assert_file("plain.ko", 0644, "a module");
}

/* It is larger than the compressed file and than one buffer. */
static void test_large_decompression(void **state)
{
	struct initramfs *initramfs = start();
	size_t size = 1 << 20;
	char *data = malloc(size);

	memset(data, 'x', size);
	make_compressed("large.xz", "xz", data, size);
	initramfs_add_decompressed(initramfs, "large.xz", "/large");
	finish(initramfs);
	assert_int_equal(archive_entry_size(content.entries[0]), size);
	assert_memory_equal(content.data[0], data, size);
	free(data);
}

#define MAGIC	   "~Module signature appended~\n"
#define MAGIC_SIZE (sizeof(MAGIC) - 1)

/* All sizes are in bytes. The signature is a PKCS#7 message: a DER sequence. */
static void assert_unsigned(const char *with, size_t size, const char *without,
			    size_t unsigned_size)
{
	assert_memory_equal(with + size - MAGIC_SIZE, MAGIC, MAGIC_SIZE);
	assert_in_range(size - unsigned_size, MAGIC_SIZE + 100,
			MAGIC_SIZE + 4096);
	assert_memory_equal(with, without, unsigned_size);
	assert_memory_equal(with + unsigned_size, "\x30\x82", 2);
}

static void test_installed_module(void **state)
{
	struct initramfs *initramfs = start();
	glob_t modules;

	if (glob("/lib/modules/*/kernel/fs/ext4/ext4.ko.xz", 0, NULL,
		 &modules)) {
		initramfs_abandon(initramfs);
		skip();
	}
	initramfs_add_decompressed(initramfs, modules.gl_pathv[0], "/ext4.ko");
	initramfs_add_unsigned_module(initramfs, modules.gl_pathv[0],
				      "/unsigned.ko");
	globfree(&modules);
	finish(initramfs);
	assert_memory_equal(content.data[0], "\177ELF", 4);
	assert_unsigned(content.data[0], archive_entry_size(content.entries[0]),
			content.data[1],
			archive_entry_size(content.entries[1]));
}

static void test_missing_source(void **state)
{
	struct initramfs *initramfs = start();

	initramfs_add_text(initramfs, "good", "/good");
	initramfs_add_file(initramfs, "missing", "/file");
	initramfs_add_text(initramfs, "good again", "/again");
	assert_fails(
		initramfs,
		"cannot make the initramfs image: cannot read missing: No such file or directory");

	initramfs = start();
	initramfs_add_decompressed(initramfs, "missing", "/file");
	assert_fails(initramfs,
		     "cannot make the initramfs image: cannot read missing: ");
}

static void test_directory_as_source(void **state)
{
	struct initramfs *initramfs = start();

	make_directory("directory");
	initramfs_add_file(initramfs, "directory", "/file");
	assert_fails(
		initramfs,
		"cannot make the initramfs image: cannot read directory: Is a directory");
}

/* Nobody would notice half a module before the crash. */
static void test_damaged_compression(void **state)
{
	struct initramfs *initramfs;
	size_t size = 1 << 20;
	char *data = noise(size);

	make_compressed("module.xz", "xz", data, size);
	free(data);
	assert_int_equal(truncate("module.xz", size / 2), 0);
	initramfs = start();
	initramfs_add_decompressed(initramfs, "module.xz", "/module.ko");
	assert_fails(initramfs,
		     "cannot make the initramfs image: cannot read module.xz: ");

	make_text("empty", "");
	initramfs = start();
	initramfs_add_decompressed(initramfs, "empty", "/module.ko");
	assert_fails(initramfs,
		     "cannot make the initramfs image: cannot read empty: ");
}

static char *read_text(const char *path)
{
	char *text = calloc(1, 100);
	FILE *stream = fopen(path, "r");

	assert_non_null(stream);
	assert_in_range(fread(text, 1, 99, stream), 0, 98);
	fclose(stream);
	return text;
}

static void assert_old_image(void)
{
	char *text = read_text(IMAGE);

	assert_string_equal(text, "the old one");
	assert_false(is_there(IMAGE ".new"));
	free(text);
}

static void test_old_image_survives(void **state)
{
	struct initramfs *initramfs;

	make_text(IMAGE, "the old one");
	initramfs = start();
	initramfs_add_file(initramfs, "missing", "/file");
	finish_fails(
		initramfs,
		"cannot make the initramfs image: cannot read missing: No such file or directory");
	assert_old_image();

	initramfs = start();
	initramfs_add_text(initramfs, "new", "/file");
	initramfs_abandon(initramfs);
	assert_old_image();
}

/* /dev/full stands for a full disk. */
static void test_old_image_survives_a_full_disk(void **state)
{
	struct initramfs *initramfs;

	make_text(IMAGE, "the old one");
	make_link(IMAGE ".new", "/dev/full");
	initramfs = start();
	initramfs_add_text(initramfs, "new", "/file");
	finish_fails(
		initramfs,
		"cannot make the initramfs image: cannot write image.new: No space left on device: free some space on its filesystem and try again");
	assert_old_image();
}

/* The file gets too large while an entry is written. */
static void test_old_image_survives_half_an_image(void **state)
{
	const size_t size = 4 << 20;
	struct rlimit limit, small;
	struct initramfs *initramfs;
	char *data = noise(size);

	make_text(IMAGE, "the old one");
	make_file("large", data, size);
	free(data);
	initramfs = start();
	initramfs_add_file(initramfs, "large", "/large");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = size / 2;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	finish_fails(
		initramfs,
		"cannot make the initramfs image: cannot write image.new: File too large");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_old_image();
}

/* Before that a crash kernel could be loaded with half an image. */
static void test_image_appears_when_complete(void **state)
{
	struct initramfs *initramfs;
	char *text;

	make_text(IMAGE, "the old one");
	initramfs = start();
	initramfs_add_text(initramfs, "new", "/file");
	text = read_text(IMAGE);
	assert_string_equal(text, "the old one");
	free(text);
	finish(initramfs);
	assert_file("file", 0644, "new");
}

/* The temporary file of a run that was killed is no obstacle. */
static void test_left_over_temporary(void **state)
{
	struct initramfs *initramfs;
	char *junk = malloc(100000);

	memset(junk, 'j', 100000);
	make_file(IMAGE ".new", junk, 100000);
	free(junk);
	initramfs = start();
	initramfs_add_text(initramfs, "new", "/file");
	finish(initramfs);
	assert_int_equal(content.count, 1);
}

static void test_no_place(void **state)
{
	finish_fails(initramfs_new("missing/image"),
		     "cannot make missing/image.new: No such file or directory");
	make_directory("directory/image.new");
	finish_fails(initramfs_new("directory/image"),
		     "cannot make directory/image.new: Is a directory");
	assert_true(is_there("directory/image.new"));
}

static struct initramfs *same_list(const char *text)
{
	struct initramfs *initramfs = start();

	initramfs_add_file(initramfs, "program", "/init");
	initramfs_add_decompressed(initramfs, "module.xz", "/module.ko");
	initramfs_add_text(initramfs, text, "/plan");
	initramfs_add_character_device(initramfs, 5, 1, "/dev/console");
	return initramfs;
}

static void assert_current(const char *text, bool current)
{
	struct initramfs *initramfs = same_list(text);

	assert_int_equal(initramfs_is_current(initramfs), current);
	initramfs_abandon(initramfs);
}

static void make_current(void)
{
	finish_quietly(same_list("plan"));
	assert_current("plan", true);
}

static struct initramfs *list_that_ends_with_lines(void)
{
	struct initramfs *initramfs = start();

	initramfs_add_text(initramfs, "a line\n\n", "/configuration");
	return initramfs;
}

static void test_current_with_lines_at_the_end(void **state)
{
	struct initramfs *initramfs;

	finish_quietly(list_that_ends_with_lines());
	initramfs = list_that_ends_with_lines();
	assert_true(initramfs_is_current(initramfs));
	initramfs_abandon(initramfs);
}

static void test_current(void **state)
{
	struct initramfs *initramfs;

	make_text("program", "code");
	make_compressed("module.xz", "xz", "module", 6);
	assert_current("plan", false);
	make_current();
	assert_current("another plan", false);

	initramfs = same_list("plan");
	initramfs_add_text(initramfs, "", "/more");
	assert_false(initramfs_is_current(initramfs));
	initramfs_abandon(initramfs);
	initramfs = start();
	initramfs_add_file(initramfs, "program", "/init");
	assert_false(initramfs_is_current(initramfs));
	initramfs_abandon(initramfs);
	assert_current("plan", true);
}

static void test_current_no_more(void **state)
{
	static const struct timespec long_ago[2];

	make_text("program", "code");
	make_compressed("module.xz", "xz", "module", 6);
	make_current();
	assert_int_equal(utimensat(AT_FDCWD, "program", long_ago, 0), 0);
	assert_current("plan", false);
	make_current();
	make_text("other", "edoc");
	assert_int_equal(rename("other", "program"), 0);
	assert_current("plan", false);
	make_current();
	assert_int_equal(unlink("module.xz"), 0);
	assert_current("plan", false);
	make_compressed("module.xz", "xz", "module", 6);
	make_current();
	assert_int_equal(truncate(IMAGE, 10), 0);
	assert_current("plan", false);
	make_current();
	assert_int_equal(unlink(IMAGE), 0);
	assert_current("plan", false);
	make_current();
	assert_int_equal(unlink(IMAGE ".inputs"), 0);
	assert_current("plan", false);
}

/* An image that could not be written does not count as current. */
static void test_current_after_failure(void **state)
{
	make_text("program", "code");
	make_compressed("module.xz", "xz", "module", 6);
	make_current();
	assert_int_equal(truncate("module.xz", 20), 0);
	finish_fails(same_list("plan"),
		     "cannot make the initramfs image: cannot read module.xz: ");
	assert_current("plan", false);
}

static struct initramfs *squashfs(void)
{
	struct initramfs *initramfs = start();

	initramfs_add_file(initramfs, "program", "/usr/bin/program");
	initramfs_add_text(initramfs, "a text\n", "/etc/text");
	return initramfs;
}

static void assert_unpacked(const char *path, mode_t mode, const char *expected)
{
	char *text = textfile_read(path, NULL);
	struct stat status;

	assert_string_equal(text, expected);
	free(text);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode, mode);
}

static void test_squashfs(void **state)
{
	struct text_list warnings = {};
	struct error error;

	make_text("program", "code");
	chmod("program", 0755);
	assert_int_equal(initramfs_finish_squashfs(squashfs(), &warnings,
						   &error),
			 0);
	assert_int_equal(warnings.count, 0);
	assert_false(is_there(IMAGE ".new"));
	assert_int_equal(system("unsquashfs -q -n -d unpacked " IMAGE), 0);
	assert_unpacked("unpacked/usr/bin/program", S_IFREG | 0755, "code");
	assert_unpacked("unpacked/etc/text", S_IFREG | 0644, "a text");
}

static void test_current_squashfs(void **state)
{
	struct initramfs *list;

	make_text("program", "code");
	initramfs_finish_squashfs(squashfs(), NULL, NULL);
	list = squashfs();
	assert_true(initramfs_is_current(list));
	initramfs_abandon(list);
	make_text("program", "more code");
	list = squashfs();
	assert_false(initramfs_is_current(list));
	initramfs_abandon(list);
}

/* The file that is there stays. */
static void test_squashfs_fails(void **state)
{
	struct text_list warnings = {};
	char *path = strdup(getenv("PATH"));
	struct error error;

	make_text("program", "code");
	make_text(IMAGE, "older");
	setenv("PATH", "/missing", 1);
	assert_int_equal(initramfs_finish_squashfs(squashfs(), &warnings,
						   &error),
			 -1);
	setenv("PATH", path, 1);
	free(path);
	assert_non_null(strstr(
		error.reason,
		"mksquashfs is not installed: install the package squashfs-tools"));
	assert_false(is_there(IMAGE ".new"));
	assert_unpacked(IMAGE, S_IFREG | 0644, "older");
}

static void finish_in_front(void)
{
	struct initramfs *initramfs = start();

	initramfs_add_text(initramfs, "a text", "/text");
	initramfs_add_squashfs(initramfs, "squashfs");
	finish_quietly(initramfs);
}

static void finish_with_squashfs(const char *squashfs_data)
{
	make_text("squashfs", squashfs_data);
	finish_in_front();
}

/* Check the field of a cpio header at @offset. */
static void assert_field(const char *header, size_t offset, unsigned long value)
{
	char digits[9] = "";

	memcpy(digits, header + offset, 8);
	assert_int_equal(strtoul(digits, NULL, 16), value);
}

/*
 * The kernel skips the content of anything but a regular file. It then goes on
 * as after the entry before, which is a directory.
 */
static void test_squashfs_in_front(void **state)
{
	const char *name = FIRST_STAGE_SQUASHFS + 1;
	char image[FIRST_STAGE_OFFSET + 8];
	const char *header = image + FIRST_STAGE_HEADER;
	int fd;

	finish_with_squashfs("12345");
	fd = open(IMAGE, O_RDONLY);
	assert_int_equal(read(fd, image, sizeof(image)), sizeof(image));
	close(fd);
	assert_memory_equal(image, "070701", 6);
	assert_field(image, 14, S_IFDIR | 0755);
	assert_field(image, 54, 0);
	assert_field(image, 94, strlen(FIRST_STAGE_MOUNT));
	assert_string_equal(image + 110, FIRST_STAGE_MOUNT + 1);
	assert_memory_equal(header, "070701", 6);
	assert_field(header, 14, S_IFIFO | 0600);
	assert_field(header, 54, 5);
	assert_field(header, 94, strlen(name) + 1);
	assert_string_equal(header + 110, name);
	assert_memory_equal(image + FIRST_STAGE_OFFSET, "12345\0\0\0", 8);

	read_image_from(sizeof(image));
	assert_int_equal(content.count, 1);
	assert_file("text", 0644, "a text");
}

static void test_current_squashfs_in_front(void **state)
{
	struct initramfs *list;

	finish_with_squashfs("12345");
	make_text("squashfs", "123456");
	list = start();
	initramfs_add_text(list, "a text", "/text");
	initramfs_add_squashfs(list, "squashfs");
	assert_false(initramfs_is_current(list));
	initramfs_abandon(list);
}

/* Only the compressed size has it. Its modules are loaded, but not unpacked. */
static void test_measure_squashfs(void **state)
{
	static const char zeros[10 * 4096];
	struct initramfs *initramfs = initramfs_new("squashfs");
	struct initramfs_size size;
	struct stat status;

	make_text("program", "code");
	make_compressed("module.xz", "xz", zeros, sizeof(zeros));
	initramfs_add_file(initramfs, "program", "/usr/bin/program");
	initramfs_add_decompressed(initramfs, "module.xz",
				   PLAN_MODULES "/a.ko");
	initramfs_add_file(initramfs, "program", PLAN_MODULES "/b.ko");
	initramfs_add_file(initramfs, "program",
			   PLAN_MODULES_ON_DEMAND "/c.ko");
	initramfs_finish_squashfs(initramfs, NULL, NULL);
	finish_in_front();
	assert_int_equal(initramfs_measure(&size, IMAGE, NULL), 0);
	assert_int_equal(stat(IMAGE, &status), 0);
	assert_int_equal(size.compressed, status.st_size);
	assert_int_equal(size.files, 4096);
	assert_int_equal(size.modules, 0);
	assert_int_equal(size.loaded_modules, (10 + 1) * 4096);
}

static void test_measure_damaged_squashfs(void **state)
{
	struct initramfs_size size;
	struct error error;

	finish_with_squashfs("12345");
	assert_int_equal(initramfs_measure(&size, IMAGE, &error), -1);
	assert_non_null(strstr(error.reason, "unsquashfs failed"));
}

static void assert_cannot_measure(const char *file, const char *reason)
{
	struct initramfs_size size;
	struct error error;

	assert_int_equal(initramfs_measure(&size, file, &error), -1);
	if (!starts_with(error.reason, reason))
		fail_msg("\"%s\" does not begin with \"%s\"", error.reason,
			 reason);
}

static void test_measure(void **state)
{
	static const char zeros[10 * 4096];
	struct initramfs *initramfs = start();
	struct initramfs_size size;
	struct stat status;

	make_file("module", "0123456789", 10);
	initramfs_add_text(initramfs, "1", "/file");
	initramfs_add_text(initramfs, "", "/empty");
	initramfs_add_file(initramfs, "module", "/modules/a.ko");
	initramfs_add_file(initramfs, "module", "/modules/b.ko");
	make_compressed("module.xz", "xz", zeros, sizeof(zeros));
	initramfs_add_file(initramfs, "module.xz", "/modules/c.ko.xz");
	finish(initramfs);
	assert_int_equal(initramfs_measure(&size, IMAGE, NULL), 0);
	assert_int_equal(size.files, 4096);
	assert_int_equal(size.modules, 3 * 4096);
	assert_int_equal(size.loaded_modules, (2 + 10) * 4096);
	assert_int_equal(stat(IMAGE, &status), 0);
	assert_int_equal(size.compressed, status.st_size);

	assert_cannot_measure("missing",
			      "cannot read missing: No such file or directory");
	assert_cannot_measure("module", "cannot read module: ");
	assert_int_equal(truncate(IMAGE, status.st_size / 2), 0);
	assert_cannot_measure(IMAGE, "cannot read image: ");

	/* The crash kernel could not load this module either. */
	initramfs = start();
	assert_int_equal(truncate("module.xz", 20), 0);
	initramfs_add_file(initramfs, "module.xz", "/modules/c.ko.xz");
	finish(initramfs);
	assert_cannot_measure(IMAGE, "cannot read image: modules/c.ko.xz: ");
}

/* The one that is there stays as it is, and stays up to date. */
static void test_other_file(void **state)
{
	struct initramfs *initramfs;

	make_text("program", "code");
	make_compressed("module.xz", "xz", "module", 6);
	make_current();
	initramfs = same_list("plan");
	initramfs_set_file(initramfs, "other");
	finish_quietly(initramfs);
	assert_true(is_there("other"));
	assert_true(is_there("other.inputs"));
	assert_current("plan", true);
}

/* The archive is only measured again when it has changed. */
static void test_measure_once(void **state)
{
	struct initramfs *initramfs = start();
	struct initramfs_size size, again;
	struct error error;

	initramfs_add_text(initramfs, "1", "/file");
	finish(initramfs);
	assert_int_equal(initramfs_measure_once(&size, IMAGE, NULL), 0);
	assert_int_equal(size.files, 4096);
	assert_true(is_there(IMAGE ".size"));
	memset(&again, 0, sizeof(again));
	assert_int_equal(initramfs_measure_once(&again, IMAGE, NULL), 0);
	assert_memory_equal(&again, &size, sizeof(size));

	/* What was kept is read. */
	assert_int_equal(system("sed -i '$s/ 4096 / 8192 /' " IMAGE ".size"),
			 0);
	assert_int_equal(initramfs_measure_once(&again, IMAGE, NULL), 0);
	assert_int_equal(again.files, 8192);

	initramfs = start();
	initramfs_add_text(initramfs, "1", "/file");
	initramfs_add_text(initramfs, "2", "/other");
	initramfs_add_text(initramfs, "3", "/third");
	finish(initramfs);
	assert_int_equal(initramfs_measure_once(&again, IMAGE, NULL), 0);
	assert_int_equal(again.files, 3 * 4096);
	make_text(IMAGE ".size", "damaged");
	assert_int_equal(initramfs_measure_once(&again, IMAGE, NULL), 0);
	assert_int_equal(again.files, 3 * 4096);
	assert_int_equal(initramfs_measure_once(&again, "missing", &error), -1);
	assert_false(is_there("missing.size"));
}

#define initramfs_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		initramfs_test(test_empty),
		initramfs_test(test_text),
		initramfs_test(test_files),
		initramfs_test(test_start_of_a_file),
		initramfs_test(test_directories),
		initramfs_test(test_the_first_one_stays),
		initramfs_test(test_character_device),
		initramfs_test(test_large_file),
		initramfs_test(test_decompression),
		initramfs_test(test_large_decompression),
		initramfs_test(test_installed_module),
		initramfs_test(test_missing_source),
		initramfs_test(test_directory_as_source),
		initramfs_test(test_damaged_compression),
		initramfs_test(test_old_image_survives),
		initramfs_test(test_old_image_survives_a_full_disk),
		initramfs_test(test_old_image_survives_half_an_image),
		initramfs_test(test_image_appears_when_complete),
		initramfs_test(test_left_over_temporary),
		initramfs_test(test_no_place),
		initramfs_test(test_current),
		initramfs_test(test_current_with_lines_at_the_end),
		initramfs_test(test_current_no_more),
		initramfs_test(test_current_after_failure),
		initramfs_test(test_squashfs),
		initramfs_test(test_current_squashfs),
		initramfs_test(test_squashfs_fails),
		initramfs_test(test_squashfs_in_front),
		initramfs_test(test_current_squashfs_in_front),
		initramfs_test(test_measure_squashfs),
		initramfs_test(test_measure_damaged_squashfs),
		initramfs_test(test_measure),
		initramfs_test(test_measure_once),
		initramfs_test(test_other_file),
	};

	return cmocka_run_group_tests_name("initramfs", tests, NULL, NULL);
}
