// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: bpf-exit [MODULE:]FUNCTION...
 * Attach an empty BPF program to the exit of each function (fexit). For each
 * print the function and "OK" or the name of an errno. At SIGTERM detach them,
 * and for each print the function and how often its program has run. That needs
 * kernel.bpf_stats_enabled=1.
 */
#include <err.h>
#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/guest/common.h"
/* It has what walks the types. */
#include "module/prototypes.c"

#define BTF	"/sys/kernel/btf/"
#define NO_TYPE 0

/* The types of a module go on from those of the kernel, and so do the names. */
struct types {
	struct type_table table;
	__u32 first_number;
	__u32 first_name;
};

struct program {
	const char *function;
	int error;
	int fd;
	int link;
};

static long bpf(int command, union bpf_attr *attributes)
{
	return syscall(SYS_bpf, command, attributes, sizeof(*attributes));
}

static char *read_all(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	size_t room = 64 << 20;
	char *content = malloc(room);

	if (!file || !content)
		err(1, "%s", path);
	*size = fread(content, 1, room, file);
	fclose(file);
	return content;
}

static struct types read_types(const char *name)
{
	struct types types = { .first_number = 1 };
	char path[256], *content;
	size_t size;

	snprintf(path, sizeof(path), BTF "%s", name);
	content = read_all(path, &size);
	if (!find_tables(&types.table, content, size))
		errx(1, "%s: not understood", path);
	return types;
}

static struct types read_module_types(const char *module)
{
	struct types kernel = read_types("vmlinux");
	struct types types = read_types(module);
	const struct btf_type *type = NULL;

	while ((type = next(&kernel.table, type)))
		types.first_number++;
	types.first_name = kernel.table.names_size;
	return types;
}

static __u32 number_of(const struct types *types, const char *function)
{
	__u32 number = types->first_number;
	const struct btf_type *type = NULL;

	for (; (type = next(&types->table, type)); number++) {
		struct btf_type own = *type;

		if (own.name_off < types->first_name)
			continue;
		own.name_off -= types->first_name;
		if (has_name(&types->table, &own, BTF_KIND_FUNC, function))
			return number;
	}
	return NO_TYPE;
}

/* Return a file descriptor of a module's BTF in the kernel. */
static int open_btf(const char *module)
{
	union bpf_attr attributes = {};
	char name[64];

	while (!bpf(BPF_BTF_GET_NEXT_ID, &attributes)) {
		struct bpf_btf_info info = { .name = (uintptr_t)name,
					     .name_len = sizeof(name) };
		union bpf_attr by_id = { .btf_id = attributes.next_id };
		union bpf_attr ask = {};
		int fd = bpf(BPF_BTF_GET_FD_BY_ID, &by_id);

		if (fd < 0)
			err(1, "BPF_BTF_GET_FD_BY_ID");
		ask.info.bpf_fd = fd;
		ask.info.info_len = sizeof(info);
		ask.info.info = (uintptr_t)&info;
		if (bpf(BPF_OBJ_GET_INFO_BY_FD, &ask))
			err(1, "BPF_OBJ_GET_INFO_BY_FD");
		if (!strcmp(name, module))
			return fd;
		close(fd);
		attributes.start_id = attributes.next_id;
	}
	errx(1, "no BTF of the module %s", module);
}

static int load_program(__u32 type, int btf)
{
	/* r0 = 0; exit */
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attributes = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.expected_attach_type = BPF_TRACE_FEXIT,
		.insns = (uintptr_t)code,
		.insn_cnt = sizeof(code) / sizeof(code[0]),
		.license = (uintptr_t)"GPL",
		.attach_btf_id = type,
		.attach_btf_obj_fd = btf,
	};

	return bpf(BPF_PROG_LOAD, &attributes);
}

static int attach(struct program *program, __u32 type, int btf)
{
	union bpf_attr attributes = {};

	if (type == NO_TYPE)
		return ENOENT;
	program->fd = load_program(type, btf);
	if (program->fd < 0)
		return errno;
	attributes.raw_tracepoint.prog_fd = program->fd;
	program->link = bpf(BPF_RAW_TRACEPOINT_OPEN, &attributes);
	return program->link < 0 ? errno : 0;
}

static struct program attach_to(char *name)
{
	struct program program = { .function = name, .fd = -1, .link = -1 };
	char *colon = strchr(name, ':');
	struct types types;
	int btf = 0;

	if (colon) {
		*colon = '\0';
		program.function = colon + 1;
		types = read_module_types(name);
		btf = open_btf(name);
	} else {
		types = read_types("vmlinux");
	}
	program.error =
		attach(&program, number_of(&types, program.function), btf);
	printf("%s %s\n", program.function, errno_name(program.error));
	return program;
}

static void detach(const struct program *program)
{
	struct bpf_prog_info info = {};
	union bpf_attr attributes = {};

	if (program->error)
		return;
	attributes.info.bpf_fd = program->fd;
	attributes.info.info_len = sizeof(info);
	attributes.info.info = (uintptr_t)&info;
	if (bpf(BPF_OBJ_GET_INFO_BY_FD, &attributes))
		err(1, "BPF_OBJ_GET_INFO_BY_FD");
	close(program->link);
	close(program->fd);
	printf("%s %llu\n", program->function, info.run_cnt);
}

int main(int argc, char **argv)
{
	struct program *programs = calloc(argc, sizeof(*programs));
	sigset_t signals;
	int i, received;

	if (argc < 2 || !programs)
		errx(2, "usage: bpf-exit [MODULE:]FUNCTION...");
	setlinebuf(stdout);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	for (i = 1; i < argc; i++)
		programs[i] = attach_to(argv[i]);
	puts("attached");
	sigwait(&signals, &received);
	for (i = 1; i < argc; i++)
		detach(&programs[i]);
	return 0;
}
