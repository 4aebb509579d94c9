# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the lab does: it builds and tests everything in a Debian 13 tree and in QEMU guests, on any
# host that lab/prepare-host knows. Included by the Makefile.

FLAVOUR = generic
# Of the guest of make memory, in MiB.
MEMORY = 2048
FUZZ_SECONDS = 600
# How many guests the tests and the benchmark run at a time.
GUESTS = 2
# For make bench: how often each measurement is made, how many crashes in a row, and the memory of
# the machines whose smallest crashkernel= is looked for.
RUNS = 3
CRASHES = 30
GIB = 1 2 8 32
BENCH =
TESTS = tests/vm

# The lab's Python packages come from the distribution, and so must the Python.
LAB = cd '$(CURDIR)' && PYTHONDONTWRITEBYTECODE=1 V='$(V)' $(PYTHON) -m
PYTEST = $(LAB) pytest -v -p no:cacheprovider -n '$(GUESTS)' --dist loadgroup

lab-help:
	@echo 'In the lab, which needs Debian 12, Debian 13 or Ubuntu 24.04 and installs what it lacks:'
	@echo '  make demo     the whole story on a real kernel, in a QEMU guest (V=1: with its console;'
	@echo '                ARCH=arm64, ppc64el or riscv64: cross-built, on an emulated machine)'
	@echo '  make check    all tests and linters'
	@echo '  make check-all            the same with every combination'
	@echo '  make check-kernels        the story on Linux 6.16 to 7.2, and kernels that need no module'
	@echo '  make check-rt-kernel      the story and the module on Debian'"'"'s kernel with PREEMPT_RT'
	@echo '  make check-debug-kernel   the module on a kernel with KASAN, lockdep, kmemleak, failslab'
	@echo '  make check-kcsan-kernel   races in the module on a kernel with KCSAN'
	@echo '  make lab-build  everything, with the module, in the Debian 13 tree'
	@echo '  make lab-unit   the unit tests in the Debian 13 tree'
	@echo '  make lint     clang-format, shellcheck, pyflakes and mandoc'
	@echo '  make sparse   the module as the static checker sparse sees it'
	@echo '  make fuzz     the decoder of the saved area under libFuzzer (FUZZ_SECONDS=600)'
	@echo '  make deb      the Debian packages, into build/deb/ (ARCH=arm64, ppc64el or riscv64: build/deb-ARCH/)'
	@echo '  make vm       a guest with the project installed, on this terminal (FLAVOUR=cloud)'
	@echo '  make memory   the smallest crashkernel= that works, beside the estimate (FLAVOUR=cloud, arm64;'
	@echo '                LAYOUT=luks2 for one kind of storage, MEMORY=1024 for a smaller machine)'
	@echo '  make bench    kdump-crypt beside what people use today: a table and plots, into build/bench/'
	@echo '                (BENCH="downtime keys" for a part, RUNS=3, CRASHES=30, GIB="1 2 8 32", GUESTS=2)'
	@echo '  make clean-cache          remove build/, the trees and the root disks'

prepare:
	@cd '$(CURDIR)' && lab/prepare-host

demo: prepare
	@$(LAB) lab.demo --flavour '$(FLAVOUR)' --arch '$(or $(ARCH),amd64)'

vm: prepare
	@$(LAB) lab.shell --flavour '$(FLAVOUR)'

memory: prepare
	@$(LAB) lab.memory --flavour '$(FLAVOUR)' --memory '$(MEMORY)' $(LAYOUT)

bench: prepare
	@$(LAB) lab.bench --runs '$(RUNS)' --crashes '$(CRASHES)' --gib $(GIB) --guests '$(GUESTS)' \
		-- $(BENCH)

lab-build: prepare
	@$(LAB) lab.product build
	@echo 'what belongs on a machine is in build/dest'

lab-unit: prepare
	@$(LAB) lab.product unit

sparse: prepare
	@$(LAB) lab.product sparse-modules

lint: prepare
	@$(LAB) lab.product lint

deb: prepare
	@$(LAB) lab.product deb $(ARCH)
	@echo; ls build/deb$(ARCH:%=-%)/*.deb

fuzz: prepare
	@$(LAB) lab.fuzz --seconds '$(FUZZ_SECONDS)'

check: FUZZ_SECONDS = 20
check: STARTED := $(shell date +%s)
check: doors lint lab-unit sparse fuzz
	@status=0; $(PYTEST) --durations=40 $(TESTS) || status=$$?; \
	took=$$(($$(date +%s) - $(STARTED))); \
	echo "make check took $$((took / 60)) min $$((took % 60)) s"; exit $$status

check-all: export LAB_ALL = 1
check-all: check

# Each makes a tree of its own with a kernel that it builds; once.
check-kernels: export LAB_SYSROOT = archive
check-kernels: prepare
	@$(PYTEST) tests/vm/test_story.py::test_story \
		tests/vm/test_link.py::test_story tests/vm/test_own_keys.py \
		tests/vm/test_architectures.py::test_own_keys

check-rt-kernel: export LAB_SYSROOT = rt
check-rt-kernel: prepare
	@$(PYTEST) tests/vm/test_story.py::test_story $(addprefix tests/vm/test_,registry.py \
		load.py restore.py link.py)

check-debug-kernel: export LAB_SYSROOT = debug
check-debug-kernel: prepare
	@$(PYTEST) $(addprefix tests/vm/test_,registry.py \
		load.py restore.py link.py failslab.py races.py hide.py::test_kernel_stays_sane)

check-kcsan-kernel: export LAB_SYSROOT = kcsan
check-kcsan-kernel: prepare
	@$(PYTEST) tests/vm/test_races.py

clean-cache: clean
	@$(LAB) lab.cache

.PHONY: lab-help prepare demo vm memory bench lab-build lab-unit sparse lint deb fuzz check \
	check-all check-kernels check-rt-kernel check-debug-kernel check-kcsan-kernel clean-cache

# The rest is for lab/product.py, which calls make in the Debian 13 tree.

# What only the lab's guests have.
install-tests:
	$(MAKE) -f tests/guest/guest.mk OUT=$(OUT)/guest DESTDIR=$(DESTDIR) install
	$(MAKE) -f tests/crash-module/crash-module.mk OUT=$(OUT)/crash-module install

sparse-modules: $(KERNELS:%=sparse-%)

# sparse's warnings are errors. Debian 13's version knows neither what the headers of Linux 7.3 assert
# nor __typeof_unqual__, and with C=2 they would skip it.
SPARSE := sparse -Wsparse-error -D__typeof_unqual__=__typeof__ "-D_Static_assert(...)="
$(KERNELS:%=sparse-%): sparse-%: $(OUT)/module/%/crash_dm_crypt.ko
	rm -rf $(OUT)/sparse/$*
	mkdir -p $(OUT)/sparse/$*
	cp module/* $(OUT)/sparse/$*
	$(MAKE) -C /lib/modules/$*/build M=$(abspath $(OUT)/sparse/$*) \
		KBUILD_CHECKSRC=2 CHECK='$(SPARSE)' modules

.PHONY: install-tests sparse-modules $(KERNELS:%=sparse-%)
