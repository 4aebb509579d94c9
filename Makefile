# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds and installs kdump-crypt with the compiler and the libraries of this machine; the packages
# are the Build-Depends of debian/control. What the lab does, in its own Debian 13 tree, is in
# lab/lab.mk. "make help" lists all targets.

VERSION := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)

OUT ?= build
# The kernels that the module is built for. Their headers must be installed.
KERNELS ?=
# Set to make warnings errors.
WERROR ?=

PKG_CONFIG ?= pkg-config
INSTALL ?= install
# For another architecture: CROSS_COMPILE=aarch64-linux-gnu- ARCH=arm64
CROSS_COMPILE ?=
ifneq ($(CROSS_COMPILE),)
CC := $(CROSS_COMPILE)gcc
AR := $(CROSS_COMPILE)ar
export PKG_CONFIG_LIBDIR ?= /usr/lib/$(CROSS_COMPILE:-=)/pkgconfig:/usr/share/pkgconfig
export ARCH CROSS_COMPILE
endif
STRIP ?= $(CROSS_COMPILE)strip
PYTHON = /usr/bin/python3
CFLAGS ?= -O2 -g -fstack-protector-strong
LDFLAGS ?= -Wl,-z,relro,-z,now

# pc_folder PACKAGE,VARIABLE: the folder below PREFIX in which the package looks for such files.
pc_folder = $(shell $(PKG_CONFIG) --define-variable=prefix=$(PREFIX) \
	--define-variable=datadir=$(datadir) --variable=$(2) $(1) 2>/dev/null)

PREFIX ?= /usr/local
sbindir ?= $(PREFIX)/sbin
libexecdir ?= $(PREFIX)/libexec
datadir ?= $(PREFIX)/share
mandir ?= $(datadir)/man
docdir ?= $(datadir)/doc/kdump-crypt
sysconfdir ?= /etc
runstatedir ?= /run
unitdir ?= $(or $(call pc_folder,systemd,systemd_system_unit_dir),$(PREFIX)/lib/systemd/system)
completionsdir ?= $(or $(call pc_folder,bash-completion,completionsdir),$(datadir)/bash-completion/completions)
# dracut, initramfs-tools and the kernel look in no other folder.
dracutmodulesdir ?= /usr/lib/dracut/modules.d
initramfshooksdir ?= /usr/share/initramfs-tools/hooks
modulesdir ?= /lib/modules

TOOL_LIBS := libcryptsetup libkmod libkeyutils libarchive json-c blkid mount libbsd libmd \
	devmapper libkdumpfile
CAPTURE_LIBS := libcryptsetup libkeyutils json-c blkid
NEEDED := 'libcryptsetup >= 2.7' $(TOOL_LIBS) $(CAPTURE_LIBS)

PATHS := -DSBINDIR='"$(sbindir)"' -DLIBEXECDIR='"$(libexecdir)/kdump-crypt"' \
	-DSYSCONFDIR='"$(sysconfdir)"' -DUNITDIR='"$(unitdir)"' \
	-DRUNSTATEDIR='"$(runstatedir)"'
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 -Wundef $(if $(WERROR),-Werror)
# A packager's flags go before ours.
OUR_CFLAGS := -std=gnu11 -I . $(WARNINGS) -D_GNU_SOURCE -DVERSION='"$(VERSION)"' $(PATHS) \
	$(shell $(PKG_CONFIG) --cflags $(TOOL_LIBS) 2>/dev/null) -MMD -MP
OUR_LDFLAGS := -Wl,--as-needed

LIB_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(wildcard lib/*.c))
TOOL_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(wildcard tool/*/*.c))
FIRST_STAGE_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(wildcard first_stage/*.c))
CAPTURE_OBJECTS := $(patsubst %.c,$(OUT)/%.o,$(wildcard capture/*.c))
MODULES := $(foreach k,$(KERNELS),$(OUT)/module/$(k)/crash_dm_crypt.ko)
MANUALS := $(wildcard man/*.[1-8])
UNITS := $(wildcard systemd/kdump-crypt*)

.DELETE_ON_ERROR:

all: $(OUT)/kdump-crypt $(OUT)/capture-init $(OUT)/first-stage $(MANUALS:%=$(OUT)/%) $(UNITS:%=$(OUT)/%) $(MODULES)

# build/ is also a folder.
build: all

help:
	@echo 'With the build dependencies of debian/control installed, on Debian 13:'
	@echo '  make          the tool and the capture program, into build/'
	@echo '                (KERNELS="VERSION ..." also the module; WERROR=1)'
	@echo '  make install  (DESTDIR, PREFIX, sbindir, libexecdir, mandir, unitdir, ...)'
	@echo '  make unit     the unit tests'
	@echo '  make clean    remove build/'
	@echo 'On any machine:'
	@echo '  make doors    check what the files of each room include'
	@$(MAKE) --no-print-directory lab-help

$(OUT)/kdump-crypt: LDLIBS = $(shell $(PKG_CONFIG) --libs $(TOOL_LIBS))
$(OUT)/kdump-crypt: $(TOOL_OBJECTS) $(OUT)/lib.a
	$(CC) $(LDFLAGS) $(OUR_LDFLAGS) -o $@ $^ $(LDLIBS)

$(OUT)/capture-init: LDLIBS = $(shell $(PKG_CONFIG) --libs $(CAPTURE_LIBS))
$(OUT)/capture-init: $(CAPTURE_OBJECTS) $(OUT)/lib.a
	$(CC) $(LDFLAGS) $(OUR_LDFLAGS) -o $@ $^ $(LDLIBS)

# It starts before the libraries are there.
$(OUT)/first-stage: $(FIRST_STAGE_OBJECTS)
	$(CC) $(filter-out -pie,$(LDFLAGS)) -static -Wl,--gc-sections -o $@ $^
	$(STRIP) $@

# Each program links only what it uses of the library.
$(OUT)/lib.a: $(LIB_OBJECTS)
	rm -f $@
	$(AR) rcs $@ $^

$(OUT)/%.o: %.c $(OUT)/settings
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(OUR_CFLAGS) -c -o $@ $<

# These name paths that are chosen here.
$(MANUALS:%=$(OUT)/%) $(UNITS:%=$(OUT)/%): $(OUT)/%: % $(OUT)/settings
	@mkdir -p $(@D)
	sed -e 's|/usr/sbin/kdump-crypt|$(sbindir)/kdump-crypt|g' \
		-e 's|/usr/share/doc/kdump-crypt|$(docdir)|g' \
		-e 's|/etc/kdump-crypt\.conf|$(sysconfdir)/kdump-crypt.conf|g' $< >$@

# kbuild writes beside its sources, so it gets a copy of them. The debug information is removed,
# as it is from a distribution's modules: the capture initramfs contains this one.
$(OUT)/module/%/crash_dm_crypt.ko: $(wildcard module/*) $(OUT)/settings
	rm -rf $(@D)
	mkdir -p $(@D)
	cp module/* $(@D)
	$(MAKE) -C /lib/modules/$*/build M=$(abspath $(@D)) $(if $(WERROR),W=1 KCFLAGS=-Werror) modules
	$(STRIP) --strip-debug $@

# What everything is built with. The file gets a new time, and so everything is built again, when
# that changes, for instance PREFIX.
$(OUT)/settings: export SETTINGS := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(OUR_CFLAGS)
$(OUT)/settings: Makefile ALWAYS
	@$(call need,$(NEEDED))
	@mkdir -p $(@D)
	@[ $@ -nt Makefile ] && echo "$$SETTINGS" | cmp -s - $@ || echo "$$SETTINGS" >$@

# need PACKAGES: end with a message that names the libraries that are not installed.
need = $(PKG_CONFIG) --print-errors --exists $(1) || { \
	echo 'Install the build dependencies that debian/control names (Debian 13),' \
		'or run make lab-build or make lab-unit.' >&2; exit 1; }

install: all
	$(INSTALL) -D -m 0755 $(OUT)/kdump-crypt $(DESTDIR)$(sbindir)/kdump-crypt
	$(INSTALL) -D -m 0755 $(OUT)/capture-init $(DESTDIR)$(libexecdir)/kdump-crypt/capture
	$(INSTALL) -D -m 0755 $(OUT)/first-stage $(DESTDIR)$(libexecdir)/kdump-crypt/first-stage
	for file in $(MANUALS); do \
		$(INSTALL) -D -m 0644 -t $(DESTDIR)$(mandir)/man$${file##*.} $(OUT)/$$file || exit; \
	done
	$(INSTALL) -D -m 0644 -t $(DESTDIR)$(unitdir) $(UNITS:%=$(OUT)/%)
	$(INSTALL) -D -m 0644 -t $(DESTDIR)$(completionsdir) completions/kdump-crypt
	$(INSTALL) -D -m 0644 -t $(DESTDIR)$(docdir)/examples examples/kdump-crypt.conf
	$(INSTALL) -D -m 0644 -t $(DESTDIR)$(unitdir)/kdump.service.d \
		systemd/kdump.service.d/kdump-crypt.conf
	$(INSTALL) -D -m 0755 -t $(DESTDIR)$(dracutmodulesdir)/99zz-kdump-crypt \
		dracut/module-setup.sh
	$(INSTALL) -D -m 0755 initramfs-tools/hook $(DESTDIR)$(initramfshooksdir)/kdump-crypt
	for kernel in $(KERNELS); do \
		$(INSTALL) -D -m 0644 -t $(DESTDIR)$(modulesdir)/$$kernel/updates \
			$(OUT)/module/$$kernel/crash_dm_crypt.ko || exit; \
		[ -n '$(DESTDIR)' ] || depmod $$kernel || exit; \
	done

unit: $(OUT)/kdump-crypt $(OUT)/capture-init
	@$(call need,cmocka libcrypto)
	$(MAKE) -f tests/unit/unit.mk OUT=$(abspath $(OUT)/unit) \
		TOOL=$(abspath $(OUT)/kdump-crypt) WERROR=$(WERROR)

# Every file includes only what its room may include.
doors:
	@$(PYTHON) -B tests/test_doors.py
	@$(PYTHON) -B tests/doors.py

clean:
	rm -rf $(OUT)

.PHONY: all build help install unit doors clean ALWAYS

-include $(wildcard $(OUT)/*/*.d $(OUT)/*/*/*.d)
include lab/lab.mk
