// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/vmcoreinfo.h"
#include "lib/elf_headers.h"
#include "lib/prefix.h"
#include "lib/xalloc.h"

#define NOTE_NAME	 "VMCOREINFO"
#define NOTE_ALIGN(size) (((off_t)(size) + 3) & ~(off_t)3)
#define MAX_NOTE_BYTES	 65536 /* the kernel's has at most a page or two */

static char *text_of_note(int fd, off_t offset, size_t size)
{
	char *text;

	if (size > MAX_NOTE_BYTES)
		return NULL;
	text = xrealloc(NULL, size + 1);
	if (pread(fd, text, size, offset) != (ssize_t)size) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

static char *find_in_segment(int fd, off_t offset, off_t end)
{
	char name[sizeof(NOTE_NAME)];
	Elf64_Nhdr note;

	/* The kernel pads with notes of size 0, which have no name either. */
	while (offset + (off_t)sizeof(note) <= end &&
	       pread(fd, &note, sizeof(note), offset) == sizeof(note) &&
	       note.n_namesz) {
		off_t content =
			offset + sizeof(note) + NOTE_ALIGN(note.n_namesz);

		if (note.n_namesz == sizeof(name) &&
		    pread(fd, name, sizeof(name), offset + sizeof(note)) ==
			    sizeof(name) &&
		    !memcmp(name, NOTE_NAME, sizeof(name)))
			return text_of_note(fd, content, note.n_descsz);
		offset = content + NOTE_ALIGN(note.n_descsz);
	}
	return NULL;
}

static char *find_note(int fd)
{
	unsigned int index = 0;
	Elf64_Phdr segment;
	char *text = NULL;

	while (!text && elf_headers_next(fd, PT_NOTE, &index, &segment))
		text = find_in_segment(fd, segment.p_offset,
				       segment.p_offset + segment.p_filesz);
	return text;
}

/* Return NULL if there is no such note. The caller frees the text. */
static char *read_note(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0)
		return NULL;
	text = find_note(fd);
	close(fd);
	return text;
}

/*
 * Return the value of @name, which ends with "=". Return NULL if @text does not
 * have it. The caller frees the value.
 */
static char *find_value(const char *text, const char *name)
{
	while (text && !starts_with(text, name)) {
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	if (!text)
		return NULL;
	text += strlen(name);
	return xasprintf("%.*s", (int)strcspn(text, "\n"), text);
}

void vmcoreinfo_read(struct vmcoreinfo *info, const char *file)
{
	char *text = read_note(file), *crash_time;

	memset(info, 0, sizeof(*info));
	if (!text)
		return;
	info->release = find_value(text, "OSRELEASE=");
	crash_time = find_value(text, "CRASHTIME=");
	if (crash_time)
		info->crash_time = strtoll(crash_time, NULL, 10);
	free(crash_time);
	free(text);
}

static bool write_overlay(const char *file, const char *release,
			  const char *page_size, const char *compound_head)
{
	FILE *stream = fopen(file, "we");
	bool written;

	if (!stream)
		return false;
	/* makedumpfile requires the first two in each such file. */
	written =
		fprintf(stream,
			"OSRELEASE=%s\nPAGESIZE=%s\nOFFSET(page.compound_head)=%s\n",
			release, page_size, compound_head) > 0;
	return !fclose(stream) && written;
}

bool vmcoreinfo_write_old_names(const char *vmcore, const char *file)
{
	char *text = read_note(vmcore);
	char *release = find_value(text, "OSRELEASE=");
	char *page_size = find_value(text, "PAGESIZE=");
	char *compound_info = find_value(text, "OFFSET(page.compound_info)=");
	bool written = release && page_size && compound_info &&
		       write_overlay(file, release, page_size, compound_info);

	free(text);
	free(release);
	free(page_size);
	free(compound_info);
	return written;
}
