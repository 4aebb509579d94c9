// SPDX-License-Identifier: GPL-2.0
#include <linux/version.h>

#include "prototypes.h"

#ifdef __KERNEL__
#include <linux/string.h>
#include <uapi/linux/btf.h>
#else
#include <linux/btf.h>
#include <string.h>
#endif

struct type_table {
	const char *types;
	size_t types_size;
	const char *names;
	size_t names_size;
};

static bool find_tables(struct type_table *table, const void *btf, size_t size)
{
	const struct btf_header *header = btf;
	size_t rest;

	if (size < sizeof(*header) || header->magic != BTF_MAGIC ||
	    header->hdr_len > size)
		return false;
	rest = size - header->hdr_len;
	if (header->type_off > rest ||
	    header->type_len > rest - header->type_off ||
	    header->str_off > rest ||
	    header->str_len > rest - header->str_off || !header->str_len)
		return false;
	*table = (struct type_table) {
		.types = (const char *)btf + header->hdr_len + header->type_off,
		.types_size = header->type_len,
		.names = (const char *)btf + header->hdr_len + header->str_off,
		.names_size = header->str_len,
	};
	return !table->names[table->names_size - 1];
}

/* Return the bytes after @type that belong to it, or -1. */
static long extra_size(const struct btf_type *type)
{
	unsigned int count = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(__u32);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return count * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return count * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return count * sizeof(struct btf_enum64);
	case BTF_KIND_FUNC_PROTO:
		return count * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return count * sizeof(struct btf_var_secinfo);
	default:
		return -1;
	}
}

/* Return the type after @type, or the first one if @type is NULL, or NULL. */
static const struct btf_type *next(const struct type_table *table,
				   const struct btf_type *type)
{
	const char *end = table->types + table->types_size;
	const char *start = table->types;

	if (type)
		start = (const char *)(type + 1) + extra_size(type);
	if (end - start < (long)sizeof(*type))
		return NULL;
	type = (const struct btf_type *)start;
	start += sizeof(*type);
	if (extra_size(type) < 0 || extra_size(type) > end - start)
		return NULL;
	return type;
}

static bool has_name(const struct type_table *table,
		     const struct btf_type *type, __u32 kind, const char *name)
{
	return type && BTF_INFO_KIND(type->info) == kind &&
	       type->name_off < table->names_size &&
	       !strcmp(table->names + type->name_off, name);
}

/* The first type has the number 1. */
static const struct btf_type *find(const struct type_table *table, __u32 number)
{
	const struct btf_type *type = NULL;

	if (!number)
		return NULL;
	do {
		type = next(table, type);
	} while (type && --number);
	return type;
}

static const struct btf_type *find_prototype(const struct type_table *table,
					     const char *function)
{
	const struct btf_type *type = NULL;

	do {
		type = next(table, type);
	} while (type && !has_name(table, type, BTF_KIND_FUNC, function));
	if (type)
		type = find(table, type->type);
	if (type && BTF_INFO_KIND(type->info) == BTF_KIND_FUNC_PROTO)
		return type;
	return NULL;
}

bool prototype_takes_image(const void *btf, size_t size, const char *function)
{
	const struct btf_type *prototype, *type;
	struct type_table table;

	if (!find_tables(&table, btf, size))
		return true;
	prototype = find_prototype(&table, function);
	if (!prototype)
		return true;
	if (!BTF_INFO_VLEN(prototype->info))
		return false;
	type = find(&table, ((const struct btf_param *)(prototype + 1))->type);
	if (!type || BTF_INFO_KIND(type->info) != BTF_KIND_PTR)
		return false;
	return has_name(&table, find(&table, type->type), BTF_KIND_STRUCT,
			"kimage");
}

/* The newest version is that of BUILD_EXCLUSIVE_KERNEL. */
bool prototypes_are_known(unsigned int version)
{
	return version >= KERNEL_VERSION(6, 12, 0) &&
	       version < KERNEL_VERSION(7, 4, 0);
}
