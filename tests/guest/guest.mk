# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build the programs that VM tests run inside a guest: each tests/guest/*.c except
# common.c is one. lab/lab.mk calls this, inside the sysroot and at the top of the
# sources, which are read-only:
#
#   make -f tests/guest/guest.mk OUT=<output> DESTDIR=<tree> install

OUT ?= build/guest
GUESTDIR := /usr/local/lib/lab-tests

PROGRAMS := $(filter-out common,$(basename $(notdir $(wildcard tests/guest/*.c))))
CFLAGS := -std=gnu11 -I . -O1 -g -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wundef -Werror -D_GNU_SOURCE

.DELETE_ON_ERROR:

install: $(PROGRAMS:%=$(OUT)/%)
	install -d $(DESTDIR)$(GUESTDIR)
	install -m 0755 $^ $(DESTDIR)$(GUESTDIR)

$(OUT)/%: tests/guest/%.c tests/guest/common.c tests/guest/common.h tests/guest/guest.mk
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -o $@ $(filter %.c,$^) -lkeyutils -ldevmapper

# It runs what the capture program runs.
$(OUT)/collector-names: capture/collector_names.c capture/huge_pages.c capture/vmcoreinfo.c \
	lib/collector_version.c lib/elf_headers.c lib/xalloc.c

.PHONY: install
