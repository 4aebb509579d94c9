// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/collector_names.h"
#include "capture/huge_pages.h"
#include "capture/vmcoreinfo.h"
#include "lib/collector_version.h"

#define COMPOUND_INFO "OFFSET(page.compound_info)="
#define COMPOUND_HEAD "OFFSET(page.compound_head)="
#define MIDDLE_PAGE   16384
#define LARGEST_PAGE  65536

/*
 * The page descriptors that page_types[] is made for, on x86-64. The type of a
 * page is the top byte of _mapcount. _refcount follows.
 */
static const struct {
	const char *name;
	uint32_t value;
} known[] = {
	{ "SIZE(page)=", 64 },
	{ "OFFSET(page.flags)=", 0 },
	{ "OFFSET(page.mapping)=", 24 },
	{ "OFFSET(page._mapcount)=", 48 },
	{ "OFFSET(page._refcount)=", 52 },
	{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=", 0xf0000000 },
	{ "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=", 0xf1000000 },
	{ "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=", 0xf4000000 },
	{ "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=", 0xf5000000 },
};

/*
 * makedumpfile 1.7.6 takes a page for a slab page, or a huge page, if
 * (_mapcount & (0xf0000000 | ~VALUE)) == 0xf0000000, which is always so for the
 * type of free pages. So let it read the type, and the low three bytes of
 * _refcount above it, in place of _mapcount:
 *
 * - A free page, which nobody refers to, reads as 0x000000f0, and no other page
 *   does, as all others have another type.
 * - A page that is offline (a balloon has it) reads as 0x000001f1, as it has one
 *   reference.
 * - With 0xf0000000 as the VALUE, only a page that reads as just that is taken
 *   for a slab page or a huge page. It would have 15,728,640 references. So slab
 *   pages and huge pages are not recognized.
 *
 * Slab pages use the field "mapping" for something else and could look like
 * anonymous pages: bit 0 is set. In its place let makedumpfile read the word
 * whose bit 0 says that a page is a tail page, which it looks at before. So no
 * page is anonymous. Anonymous pages are on the same lists as the page cache and
 * are left out with it.
 */
static const char page_types[] =
	"OFFSET(page._mapcount)=51\n"
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=240\n"
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=497\n"
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=4026531840\n"
	"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=4026531840\n"
	"OFFSET(page.mapping)=8\n";

static bool has_number(const char *note, const char *name, uint32_t value)
{
	uint64_t number;

	return vmcoreinfo_number(note, name, &number) &&
	       (uint32_t)number == value;
}

static bool is_known(const char *note)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!has_number(note, known[i].name, known[i].value))
			return false;
	return has_number(note, COMPOUND_HEAD, 8) ||
	       has_number(note, COMPOUND_INFO, 8);
}

struct addresses {
	unsigned int bits;
	uint64_t offset; /* of the linear map */
};

/*
 * Debian's kernels for arm64 are made for addresses of 52 bits, and have 48 on a
 * processor that has no more, or 47 with pages of 16 KiB. makedumpfile 1.7.6
 * does not know 52 bits, except with pages of 64 KiB. On such a processor all
 * else is as in a kernel that is made for less, once the offset of the linear
 * map is counted from where it begins there. Return false if the kernel is
 * another one.
 */
static bool has_unused_address_bits(const char *note,
				    struct addresses *addresses)
{
	uint64_t page_size, made_for, unused, offset;
	unsigned int bits;

	if (!vmcoreinfo_number(note, "PAGESIZE=", &page_size) ||
	    !vmcoreinfo_number(note, "NUMBER(VA_BITS)=", &made_for) ||
	    !vmcoreinfo_number(note, "NUMBER(TCR_EL1_T1SZ)=", &unused) ||
	    !vmcoreinfo_number(note, "NUMBER(PHYS_OFFSET)=", &offset))
		return false;
	bits = page_size == MIDDLE_PAGE ? 47 : 48;
	if (page_size == LARGEST_PAGE || made_for != 52 || 64 - unused != bits)
		return false;
	*addresses = (struct addresses) {
		.bits = bits,
		.offset = offset + (1ULL << 52) - (1ULL << bits),
	};
	return true;
}

static bool write_names(const char *file, const char *note,
			const char *compound_head, bool has_page_types)
{
	char *release = vmcoreinfo_value(note, "OSRELEASE=");
	char *page_size = vmcoreinfo_value(note, "PAGESIZE=");
	bool written = false;
	struct addresses addresses;
	FILE *stream = release && page_size ? fopen(file, "we") : NULL;

	/* makedumpfile requires the first two in each such file. */
	if (stream)
		written = fprintf(stream, "OSRELEASE=%s\nPAGESIZE=%s\n",
				  release, page_size) > 0;
	if (written && compound_head)
		written = fprintf(stream, COMPOUND_HEAD "%s\n", compound_head) >
			  0;
	if (written && has_page_types)
		written = fputs(page_types, stream) >= 0;
	if (written && has_unused_address_bits(note, &addresses))
		written = fprintf(stream,
				  "NUMBER(VA_BITS)=%u\n"
				  "NUMBER(PHYS_OFFSET)=0x%" PRIx64 "\n",
				  addresses.bits, addresses.offset) > 0;
	if (stream && fclose(stream))
		written = false;
	free(release);
	free(page_size);
	return written;
}

bool collector_names_write(const char *file, const char *vmcore,
			   const char *version, const char *core_collector)
{
	char *note = vmcoreinfo_note(vmcore);
	char *compound_info = vmcoreinfo_value(note, COMPOUND_INFO);
	bool has_page_types =
		collector_version_takes_names(version, core_collector) &&
		is_known(note) && huge_pages_none(vmcore, note);
	struct addresses addresses;
	bool written = (compound_info || has_page_types ||
			has_unused_address_bits(note, &addresses)) &&
		       write_names(file, note, compound_info, has_page_types);

	free(note);
	free(compound_info);
	return written;
}

bool collector_names_write_for_log(const char *file, const char *vmcore)
{
	char *note = vmcoreinfo_note(vmcore);
	struct addresses addresses;
	bool written = has_unused_address_bits(note, &addresses) &&
		       write_names(file, note, NULL, false);

	free(note);
	return written;
}
