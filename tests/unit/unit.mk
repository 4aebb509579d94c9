# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds and runs the unit tests. Called by the Makefile, from the top of the sources, which may
# be read-only:
#
#   make -f tests/unit/unit.mk OUT=<output> TOOL=<kdump-crypt> [WERROR=1] [SANITIZERS=]
#
# Each tests/unit/test_*.c is a program. Its _SOURCES are the files that it tests
# and what they need. They do not list files of lib/: those are an archive.

test_area_SOURCES := module/area.c
test_prototypes_SOURCES := module/prototypes.c tool/host/decompress.c
test_free_pages_SOURCES := module/free_pages.c
test_patterns_SOURCES := module/patterns.c module/area.c \
	tests/unit/kernel_aes.c
test_patterns_other_SOURCES := module/area.c tests/unit/kernel_aes.c
test_config_SOURCES := tool/host/config.c tool/host/config_directives.c \
	tool/host/config_file.c tool/host/core_collector.c
test_this_process_SOURCES := tool/host/this_process.c
test_reported_dumps_SOURCES := tool/host/reported_dumps.c
test_core_collector_SOURCES := tool/host/core_collector.c
test_kernel_modules_SOURCES := tool/host/kernel_modules.c \
	tool/host/lockdown.c
test_crash_kernel_SOURCES := tool/kexec/crash_kernel.c tool/kexec/kexec_load.c tool/host/lockdown.c \
	tool/kexec/kernel_file.c tool/kexec/kernel_format.c tool/host/decompress.c \
	tool/host/installed_program.c \
	tool/host/kernel_modules.c
test_kexec_load_SOURCES := tool/kexec/kexec_load.c tool/host/installed_program.c
test_crash_command_line_SOURCES := tool/kexec/crash_command_line.c
test_kernel_image_SOURCES := tool/kexec/kernel_image.c tool/kexec/kernel_format.c \
	tool/kexec/kernel_file.c tool/host/decompress.c \
	tool/kexec/kernel_format_x86.c tool/kexec/kernel_format_image.c \
	tool/kexec/kernel_format_elf.c
test_targets_SOURCES := tool/storage/targets.c
test_target_SOURCES := tool/storage/target.c tool/storage/block_stack.c \
	tool/storage/lvm_parts.c tool/storage/btrfs.c tool/storage/disk_drivers.c \
	tool/storage/mounts.c tool/storage/writable.c tool/host/sysfs.c
test_initramfs_SOURCES := tool/image/initramfs.c tool/image/initramfs_write.c \
	tool/image/initramfs_size.c tool/host/decompress.c tool/image/module_signature.c
test_module_signature_SOURCES := tool/image/module_signature.c
test_programs_record_SOURCES := tool/image/programs_record.c \
	tool/image/initramfs.c tool/image/initramfs_write.c tool/host/decompress.c \
	tool/image/module_signature.c
test_watchdogs_SOURCES := tool/image/watchdogs.c tool/host/sysfs.c
test_capture_plan_SOURCES := tool/image/capture_plan.c
test_needed_files_SOURCES := tool/image/needed_files.c
test_dirty_arrays_SOURCES := tool/storage/dirty_arrays.c tool/host/sysfs.c
test_hibernation_SOURCES := tool/storage/hibernation.c tool/storage/mounts.c \
	tool/storage/btrfs.c tool/host/sysfs.c
test_volume_groups_SOURCES := tool/storage/volume_groups.c
test_progress_SOURCES := capture/progress.c tests/unit/fake_report.c
test_collector_SOURCES := capture/collector.c capture/progress.c \
	capture/disk_space.c tests/unit/fake_report.c
test_dump_directory_SOURCES := capture/dump_directory.c
test_disk_identity_SOURCES :=
test_storage_SOURCES := capture/storage.c capture/shared.c
test_steps_SOURCES := capture/steps.c capture/shared.c
test_worker_SOURCES := capture/worker.c capture/child.c capture/steps.c capture/shared.c \
	capture/clock.c tests/unit/fake_report.c
test_modules_SOURCES := capture/modules.c capture/child.c capture/steps.c capture/shared.c \
	capture/clock.c
test_hook_SOURCES := capture/hook.c tests/unit/fake_report.c
test_memory_estimate_SOURCES := tool/image/memory_estimate.c
test_verb_options_SOURCES := tool/verbs/verb_options.c
test_check_SOURCES := tool/check/check.c tool/check/reservation.c \
	tool/setup/command_line_file.c
test_change_SOURCES := tool/setup/change.c tool/setup/change_list.c \
	tool/setup/change_make.c tool/setup/change_record.c tool/setup/command_line_file.c \
	tool/host/installed_program.c tool/host/systemd_service.c
test_crypttab_SOURCES := tool/host/crypttab.c
test_detached_header_SOURCES := tool/keys/detached_header.c tool/host/crypttab.c
test_boot_loader_SOURCES := tool/host/boot_loader.c
test_command_line_file_SOURCES := tool/setup/command_line_file.c \
	tool/setup/grub_file.c
test_grub_file_SOURCES := tool/setup/grub_file.c
test_service_file_SOURCES := tool/setup/service_file.c \
	tool/setup/recorded_options.c \
	tool/setup/change.c tool/setup/change_list.c \
	tool/setup/change_record.c tool/host/installed_program.c \
	tool/host/systemd_service.c
test_open_volumes_SOURCES := tool/keys/open_volumes.c \
	tool/storage/block_stack.c tool/storage/lvm_parts.c \
	tool/storage/disk_drivers.c tool/host/sysfs.c
test_volume_header_SOURCES := tool/keys/volume_header.c \
	tool/keys/detached_header.c tool/host/crypttab.c \
	tool/keys/keyslot.c tool/keys/ask_secret.c \
	tool/host/installed_program.c tool/host/interruption.c tool/keys/keyslot_memory.c \
	tool/keys/cryptsetup_error.c
test_integrity_journal_SOURCES := tool/keys/integrity_journal.c \
	tool/storage/block_stack.c tool/storage/lvm_parts.c \
	tool/storage/disk_drivers.c tool/host/sysfs.c
test_aes_schedule_SOURCES := tool/scan/aes_schedule.c
test_key_search_SOURCES := tool/scan/key_search.c tool/scan/aes_schedule.c
test_vmcore_SOURCES := tool/scan/vmcore.c tool/scan/scan.c tool/scan/key_search.c \
	tool/scan/aes_schedule.c
test_armed_lock_SOURCES := tool/arm/armed_lock.c
test_armed_state_SOURCES := tool/arm/armed_state.c
test_rearm_record_SOURCES := tool/arm/rearm_record.c
test_ext4_errors_SOURCES :=
test_own_keys_SOURCES := tool/keys/own_keys.c
test_key_expiry_SOURCES := tool/keys/key_expiry.c tool/keys/volume_key.c \
	tool/keys/detached_header.c tool/host/crypttab.c tool/keys/volume_header.c tool/keys/keyslot.c tool/keys/ask_secret.c \
	tool/host/installed_program.c tool/host/interruption.c tool/keys/keyslot_memory.c \
	tool/keys/cryptsetup_error.c
test_vmcoreinfo_SOURCES := capture/vmcoreinfo.c
test_collector_names_SOURCES := capture/collector_names.c capture/huge_pages.c capture/vmcoreinfo.c

LIBS := cmocka libkeyutils libarchive libcrypto libcryptsetup json-c mount blkid libbsd \
	libkdumpfile libkmod devmapper
PKG_CONFIG ?= pkg-config
TESTS := $(basename $(notdir $(wildcard tests/unit/test_*.c)))
SCRIPTS := $(basename $(notdir $(wildcard tests/unit/test_*.bash)))

# cmocka hands every test a state, which most have no use for.
WARNINGS := -Wall -Wextra -Wno-unused-parameter -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -Wundef $(if $(WERROR),-Werror)
SANITIZERS := -fsanitize=address,undefined -fno-sanitize-recover=all
TEST_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(WARNINGS) $(SANITIZERS) \
	-D_GNU_SOURCE -DVERSION='"test"' -DSBINDIR='"/usr/sbin"' -DSYSCONFDIR='"/etc"' \
	-DRUNSTATEDIR='"run"' -I . -I tests/unit \
	$(shell $(PKG_CONFIG) --cflags $(LIBS)) -MMD -MP

# One function has the format as an argument.
$(OUT)/module/free_pages.o: TEST_CFLAGS += -Wno-format-nonliteral

# The sanitizers keep the signals that cmocka would catch without a backtrace.
RUN_ENVIRONMENT := \
	ASAN_OPTIONS=detect_leaks=1:handle_segv=2:handle_sigbus=2 \
	UBSAN_OPTIONS=print_stacktrace=1

# Tests of failures print error messages, so the output is only shown if a test fails. After a
# failed assertion the sanitizers report leaks at length, so the assertion is shown again.
define run
@$(1) >$(OUT)/$*.log 2>&1 || { cat $(OUT)/$*.log; \
	grep '^\[ *\(ERROR\|LINE\|FAILED\) *\]' $(OUT)/$*.log; exit 1; }
@echo "$*: $$(grep -c 'OK \]' $(OUT)/$*.log) passed"
endef

.DELETE_ON_ERROR:

run: $(TESTS:%=run-%) $(SCRIPTS:%=run-%)

$(TESTS:%=run-%): run-%: $(OUT)/% $(OUT)/needs_missing_library
	$(call run,$(RUN_ENVIRONMENT) OUT=$(OUT) TOOL=$(TOOL) $<)

$(SCRIPTS:%=run-%): run-%:
	@mkdir -p $(OUT)
	$(call run,bash tests/unit/$*.bash $(TOOL))

define program
$(OUT)/$(1): $(OUT)/tests/unit/$(1).o $(OUT)/tests/unit/scratch.o \
		$(patsubst %.c,$(OUT)/%.o,$($(1)_SOURCES)) $(OUT)/lib.a
endef
$(foreach test,$(TESTS),$(eval $(call program,$(test))))

$(TESTS:%=$(OUT)/%): LDLIBS = $(shell $(PKG_CONFIG) --libs $(LIBS))
$(TESTS:%=$(OUT)/%):
	$(CC) $(SANITIZERS) -Wl,--as-needed -o $@ $^ $(LDLIBS)

$(OUT)/lib.a: $(patsubst %.c,$(OUT)/%.o,$(wildcard lib/*.c))
	rm -f $@
	$(AR) rcs $@ $^

$(OUT)/%.o: %.c tests/unit/unit.mk
	@mkdir -p $(@D)
	$(CC) $(TEST_CFLAGS) -c -o $@ $<

# A program whose library is in a directory in which the dynamic loader does not look.
$(OUT)/needs_missing_library: tests/unit/unit.mk
	@mkdir -p $(@D)
	echo 'int missing(void); int missing(void) { return 0; }' | \
		$(CC) -shared -fPIC -x c -o $(OUT)/libmissing.so -
	echo 'int missing(void); int main(void) { return missing(); }' | \
		$(CC) -x c -o $@ - -x none -L $(OUT) -lmissing
	mkdir -p $(OUT)/elsewhere
	mv $(OUT)/libmissing.so $(OUT)/elsewhere

.PHONY: run $(TESTS:%=run-%) $(SCRIPTS:%=run-%)

-include $(wildcard $(OUT)/*/*.d $(OUT)/*/*/*.d)
