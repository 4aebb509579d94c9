# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the product. Runs inside the Debian 13 sysroot, where the sources are
# read-only (lab/product.py):
#
#   make -f product.mk OUT=<output> KERNELS="<version> ..." all
#   make -f product.mk OUT=<output> KERNELS="<version> ..." install DESTDIR=<tree>
#   make -f product.mk OUT=<output> KERNELS="<version> ..." install-tests DESTDIR=<tree>
#   make -f product.mk OUT=<output> unit-tests

VERSION := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)
OUT ?= build
KERNELS ?= $(shell uname -r)
SBINDIR := /usr/sbin
LIBEXECDIR := /usr/lib/kdump-crypt
MANDIR := /usr/share/man
UNITDIR := /usr/lib/systemd/system
COMPLETIONDIR := /usr/share/bash-completion/completions
DRACUTDIR := /usr/lib/dracut/modules.d/90kdump-crypt

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wundef -Werror
# A packager's go before ours.
CFLAGS ?= -O2 -g
OUR_CFLAGS := -std=gnu11 -I . $(WARNINGS) -D_GNU_SOURCE -U_FORTIFY_SOURCE \
	-D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE \
	-DVERSION='"$(VERSION)"' -DLIBEXECDIR='"$(LIBEXECDIR)"' \
	-DUNITDIR='"$(UNITDIR)"' -MMD -MP
OUR_LDFLAGS := -pie -Wl,-z,relro,-z,now -Wl,--as-needed

TOOL_LIBS := libcryptsetup libkmod libkeyutils libarchive json-c blkid mount libbsd \
	devmapper libkdumpfile
CAPTURE_LIBS := libcryptsetup libkeyutils json-c blkid

LIB_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(wildcard lib/*.c))
TOOL_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(wildcard tool/*/*.c))
CAPTURE_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(wildcard capture/*.c))
MODULES := $(foreach k,$(KERNELS),$(OUT)/module/$(k)/crash_dm_crypt.ko)

.DELETE_ON_ERROR:

all: $(OUT)/kdump-crypt $(OUT)/capture-init $(MODULES)

$(OUT)/kdump-crypt: LDLIBS = $(shell pkgconf --libs $(TOOL_LIBS))
$(OUT)/kdump-crypt: $(TOOL_OBJECTS) $(OUT)/lib.a
	$(CC) $(LDFLAGS) $(OUR_LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/capture-init: LDLIBS = $(shell pkgconf --libs $(CAPTURE_LIBS))
$(OUT)/capture-init: $(CAPTURE_OBJECTS) $(OUT)/lib.a
	$(CC) $(LDFLAGS) $(OUR_LDFLAGS) -o $@ $^ $(LDLIBS)

# Each program links only what it uses of the library.
$(OUT)/lib.a: $(LIB_OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(OUT)/%.o: %.c product.mk
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(OUR_CFLAGS) -c -o $@ $<

# kbuild writes beside its sources, so it gets a copy of them. Without its debug
# information, as a distribution's modules are: the capture initramfs holds it.
$(OUT)/module/%/crash_dm_crypt.ko: $(wildcard module/*) product.mk
	rm -rf $(@D)
	mkdir -p $(@D)
	cp module/* $(@D)
	$(MAKE) -C /lib/modules/$*/build M=$(abspath $(@D)) \
		W=1 KCFLAGS=-Werror modules
	strip --strip-debug $@

install: all
	install -D -m 0755 $(OUT)/kdump-crypt $(DESTDIR)$(SBINDIR)/kdump-crypt
	install -D -m 0755 $(OUT)/capture-init $(DESTDIR)$(LIBEXECDIR)/capture
	install -D -m 0644 man/crash_dm_crypt.4 $(DESTDIR)$(MANDIR)/man4/crash_dm_crypt.4
	install -D -m 0644 man/kdump-crypt.8 $(DESTDIR)$(MANDIR)/man8/kdump-crypt.8
	install -D -m 0644 man/kdump-crypt.conf.5 $(DESTDIR)$(MANDIR)/man5/kdump-crypt.conf.5
	install -D -m 0644 completions/kdump-crypt $(DESTDIR)$(COMPLETIONDIR)/kdump-crypt
	install -D -m 0755 dracut/module-setup.sh $(DESTDIR)$(DRACUTDIR)/module-setup.sh
	for unit in kdump-crypt.service kdump-crypt.path kdump-crypt-reload.service; do \
		install -D -m 0644 systemd/$$unit $(DESTDIR)$(UNITDIR)/$$unit || exit; \
	done
	for k in $(KERNELS); do \
		install -D -m 0644 $(OUT)/module/$$k/crash_dm_crypt.ko \
			$(DESTDIR)/lib/modules/$$k/updates/crash_dm_crypt.ko || exit; \
	done

# What only the lab's guests have.
install-tests:
	$(MAKE) -f tests/guest/guest.mk OUT=$(OUT)/guest DESTDIR=$(DESTDIR) install
	$(MAKE) -f tests/crash-module/crash-module.mk OUT=$(OUT)/crash-module install

unit-tests: $(OUT)/kdump-crypt $(OUT)/capture-init
	$(MAKE) -f tests/unit/unit.mk OUT=$(OUT)/unit TOOL=$(abspath $(OUT)/kdump-crypt)

# A static checker's opinion of the module; its warnings are errors.
sparse: $(KERNELS:%=sparse-%)

$(KERNELS:%=sparse-%): sparse-%: $(OUT)/module/%/crash_dm_crypt.ko
	rm -rf $(OUT)/sparse/$*
	mkdir -p $(OUT)/sparse/$*
	cp module/* $(OUT)/sparse/$*
	$(MAKE) -C /lib/modules/$*/build M=$(abspath $(OUT)/sparse/$*) \
		C=2 CHECK='sparse -Wsparse-error' modules

.PHONY: all install install-tests unit-tests sparse $(KERNELS:%=sparse-%)

-include $(wildcard $(OUT)/*/*.d $(OUT)/*/*/*.d)
