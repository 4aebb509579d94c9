# SPDX-License-Identifier: GPL-2.0-or-later
# What a person types. How the project itself is built stands in product.mk; that runs
# inside the lab's Debian 13 sysroot.

# The distribution's own Python: the lab's Python packages come from the distribution.
PYTHON = /usr/bin/python3
FLAVOUR = generic
FUZZ_SECONDS = 600
# How many guests the tests run at a time.
GUESTS = 2
# How often each measurement of `make bench` is made, how many crashes in a row, and the machines
# that the smallest crashkernel= is looked for with.
RUNS = 3
CRASHES = 50
GIB = 1 2 4 8
BENCH =

export PYTHONDONTWRITEBYTECODE = 1
export V

help:
	@echo 'make demo    the whole story on a real kernel, in a QEMU guest (V=1: with its console)'
	@echo 'make check   all tests'
	@echo 'make doors   the check of what includes what'
	@echo 'make build   build the project in its Debian 13 sysroot, into build/'
	@echo 'make check-all           the same with every combination'
	@echo 'make check-kernels       the story on Linux 6.16 to 7.2, and a kernel that needs no module'
	@echo 'make check-debug-kernel  the module on a kernel with KASAN, lockdep, kmemleak, failslab'
	@echo 'make deb     the Debian packages, into build/deb/'
	@echo 'make fuzz    the decoder of the saved area under libFuzzer (FUZZ_SECONDS=600)'
	@echo 'make memory  the smallest crashkernel= that works, beside the estimate (FLAVOUR=cloud)'
	@echo 'make bench   kdump-crypt beside what people use today: a table and plots, into build/bench/'
	@echo '             (BENCH="downtime keys" for a part, RUNS=3, CRASHES=50, GIB="1 2 4 8")'
	@echo 'make vm      a guest with the project installed, on this terminal (FLAVOUR=cloud)'
	@echo 'make clean   remove build/; make clean-cache: the sysroot and the root disks, too'

prepare:
	@cd '$(CURDIR)' && lab/prepare-host

demo: prepare
	@$(PYTHON) -m lab.demo --flavour '$(FLAVOUR)'

vm: prepare
	@$(PYTHON) -m lab.shell --flavour '$(FLAVOUR)'

memory: prepare
	@$(PYTHON) -m lab.memory --flavour '$(FLAVOUR)'

bench: prepare
	@$(PYTHON) -m lab.bench --runs '$(RUNS)' --crashes '$(CRASHES)' --gib $(GIB) -- $(BENCH)

build: prepare
	@$(PYTHON) -m lab.product build

deb: prepare
	@$(PYTHON) -m lab.product deb
	@echo; ls build/deb/*.deb

unit: prepare
	@$(PYTHON) -m lab.product unit-tests

# Every file includes only what its room may include.
doors:
	@$(PYTHON) tests/test_doors.py
	@$(PYTHON) tests/doors.py

# The module as a static checker sees it, built with warnings as errors.
sparse: prepare
	@$(PYTHON) -m lab.product sparse

fuzz: prepare
	@$(PYTHON) -m lab.fuzz --seconds '$(FUZZ_SECONDS)'

PYTEST = $(PYTHON) -m pytest -v -p no:cacheprovider -n '$(GUESTS)' --dist loadgroup

check: FUZZ_SECONDS = 20
check: doors unit sparse fuzz
	@$(PYTEST) --durations=20 $(TESTS)

check-all: export LAB_ALL = 1
check-all: check

# Each makes a tree of its own with a kernel that it builds; once.
check-kernels: export LAB_SYSROOT = archive
check-kernels: prepare
	@$(PYTEST) tests/vm/test_story.py::test_story \
		tests/vm/test_link.py::test_story tests/vm/test_own_keys.py

check-debug-kernel: export LAB_SYSROOT = debug
check-debug-kernel: prepare
	@$(PYTEST) $(addprefix tests/vm/test_,registry.py \
		load.py restore.py link.py failslab.py hide.py::test_kernel_stays_sane)

clean:
	rm -rf build

clean-cache: clean
	@$(PYTHON) -m lab.cache

TESTS = tests/vm

.PHONY: help prepare demo vm memory bench build deb unit doors sparse fuzz check check-all check-kernels check-debug-kernel clean clean-cache
