# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build the modules that crash the lab's guests, plant bytes in them, hook the same functions as
# crash_dm_crypt, load slowly, race, and take memory. The target install-tests of lab/lab.mk calls this, inside the
# sysroot and at the top of the sources, which are read-only:
#
#   make -f tests/crash-module/crash-module.mk OUT=<output> KERNELS="<version> ..." \
#       install DESTDIR=<tree>

SOURCES := $(wildcard tests/crash-module/*)
MODULES := $(foreach k,$(KERNELS),$(OUT)/$(k)/crash_moment.ko)

.DELETE_ON_ERROR:

install: $(MODULES)
	for k in $(KERNELS); do \
		for name in crash_moment plant_bytes live_patch same_name slow_init \
				after_slow_init racy take_pages; do \
			install -D -m 0644 $(OUT)/$$k/$$name.ko \
				$(DESTDIR)/lib/modules/$$k/updates/$$name.ko || exit; \
		done; \
	done

# kbuild writes into its source directory, so give it a copy.
$(OUT)/%/crash_moment.ko: $(SOURCES)
	rm -rf $(@D)
	mkdir -p $(@D)
	cp $(SOURCES) $(@D)
	$(MAKE) -C /lib/modules/$*/build M=$(abspath $(@D)) W=1 modules
	strip --strip-debug $(@D)/*.ko

.PHONY: install
