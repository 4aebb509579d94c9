# SPDX-License-Identifier: GPL-2.0-or-later
#
# Build and run the fuzzer, in the sysroot of that name:
#   make -f tests/fuzz/fuzz.mk OUT=<output> SECONDS=<number>
# Its findings and the growing corpus stay in OUT.

SECONDS ?= 20

fuzz: $(OUT)/fuzz_area
	mkdir -p $(OUT)/corpus
	$(OUT)/fuzz_area -max_total_time=$(SECONDS) -max_len=65536 -timeout=10 \
		-print_final_stats=1 -verbosity=0 -artifact_prefix=$(OUT)/ \
		$(OUT)/corpus tests/fuzz/corpus

$(OUT)/fuzz_area: tests/fuzz/fuzz_area.c module/area.c $(wildcard module/area.h tests/unit/kernel_types.h) tests/fuzz/fuzz.mk
	mkdir -p $(OUT)
	clang -std=gnu11 -g -O1 -Wall -Wextra -Werror -D_GNU_SOURCE -I . -I tests/unit \
		-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-o $@ tests/fuzz/fuzz_area.c module/area.c -lcrypto

.PHONY: fuzz
