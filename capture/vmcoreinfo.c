// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/vmcoreinfo.h"
#include "lib/elf_headers.h"
#include "lib/prefix.h"
#include "lib/xalloc.h"

#define NOTE_NAME	 "VMCOREINFO"
#define SYMBOL		 "SYMBOL("
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

char *vmcoreinfo_note(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	char *text;

	if (fd < 0)
		return NULL;
	text = find_note(fd);
	close(fd);
	return text;
}

char *vmcoreinfo_value(const char *note, const char *name)
{
	while (note && !starts_with(note, name)) {
		note = strchr(note, '\n');
		if (note)
			note++;
	}
	if (!note)
		return NULL;
	note += strlen(name);
	return xasprintf("%.*s", (int)strcspn(note, "\n"), note);
}

bool vmcoreinfo_number(const char *note, const char *name, uint64_t *number)
{
	char *value = vmcoreinfo_value(note, name), *end;
	bool found = false;

	if (value) {
		*number = starts_with(name, SYMBOL) ||
					  starts_with(value, "0x") ?
				  strtoull(value, &end, 16) :
				  (uint64_t)strtoll(value, &end, 10);
		found = end != value && !*end;
	}
	free(value);
	return found;
}

void vmcoreinfo_read(struct vmcoreinfo *info, const char *file)
{
	char *text = vmcoreinfo_note(file), *crash_time;

	memset(info, 0, sizeof(*info));
	if (!text)
		return;
	info->release = vmcoreinfo_value(text, "OSRELEASE=");
	crash_time = vmcoreinfo_value(text, "CRASHTIME=");
	if (crash_time)
		info->crash_time = strtoll(crash_time, NULL, 10);
	free(crash_time);
	free(text);
}
