// SPDX-License-Identifier: GPL-2.0
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vmcore.h"

#define NOTE_NAME  "VMCOREINFO"
#define MOST_NOTES SZ_8M /* those of thousands of processors */

/* What is read here is in the crash kernel's own memory. */
static int visit_segments(struct file *file, u32 type,
			  int (*visit)(const Elf64_Phdr *segment,
				       void *context),
			  void *context)
{
	Elf64_Phdr segment;
	Elf64_Ehdr header;
	loff_t at = 0;
	unsigned int i;
	int ret = 0;

	if (kernel_read(file, &header, sizeof(header), &at) != sizeof(header))
		return -EIO;
	at = header.e_phoff;
	for (i = 0; i < header.e_phnum && !ret; i++) {
		if (kernel_read(file, &segment, sizeof(segment), &at) !=
		    sizeof(segment))
			return -EIO;
		if (segment.p_type == type)
			ret = visit(&segment, context);
	}
	return ret;
}

int vmcore_for_each_segment(int (*visit)(const Elf64_Phdr *segment,
					 void *context),
			    void *context)
{
	struct file *file = filp_open(VMCORE, O_RDONLY | O_LARGEFILE, 0);
	int ret;

	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = visit_segments(file, PT_LOAD, visit, context);
	filp_close(file, NULL);
	return ret;
}

struct notes {
	struct file *file;
	char *found; /* NULL: none */
};

/* Return a copy of VMCOREINFO among the notes, or NULL. */
static char *find_note(const u8 *notes, size_t size)
{
	size_t at = 0;

	while (size - at >= sizeof(Elf64_Nhdr)) {
		const Elf64_Nhdr *note = (const Elf64_Nhdr *)(notes + at);
		const char *name = (const char *)(note + 1);
		size_t name_size = ALIGN((size_t)note->n_namesz, 4);
		size_t text_size = ALIGN((size_t)note->n_descsz, 4);

		at += sizeof(*note);
		if (name_size + text_size > size - at)
			break;
		if (note->n_namesz == sizeof(NOTE_NAME) &&
		    !memcmp(name, NOTE_NAME, sizeof(NOTE_NAME)))
			return kmemdup_nul(name + name_size, note->n_descsz,
					   GFP_KERNEL);
		at += name_size + text_size;
	}
	return NULL;
}

static int read_notes(const Elf64_Phdr *segment, void *context)
{
	struct notes *notes = context;
	loff_t at = segment->p_offset;
	size_t size = min_t(u64, segment->p_filesz, MOST_NOTES);
	u8 *text = kvmalloc(size, GFP_KERNEL);
	int ret = 0;

	if (!text)
		return -ENOMEM;
	if (kernel_read(notes->file, text, size, &at) != size)
		ret = -EIO;
	else
		notes->found = find_note(text, size);
	kvfree(text);
	return ret ?: notes->found ? 1 : 0;
}

char *vmcore_note(void)
{
	struct notes notes = {
		.file = filp_open(VMCORE, O_RDONLY | O_LARGEFILE, 0),
	};
	int ret;

	if (IS_ERR(notes.file))
		return ERR_CAST(notes.file);
	ret = visit_segments(notes.file, PT_NOTE, read_notes, &notes);
	filp_close(notes.file, NULL);
	if (ret < 0)
		return ERR_PTR(ret);
	return notes.found ?: ERR_PTR(-ENOENT);
}
