// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tool/target.h"
#include "scratch.h"

#define UUID_DIGITS	"5c2d5b5e9d514fd69c5c1f6e0c3f2a11"
#define UUID		"5c2d5b5e-9d51-4fd6-9c5c-1f6e0c3f2a11"
#define LUKS2		"CRYPT-LUKS2-" UUID_DIGITS "-dumps\n"

/*
 * The machine that the tests build: a sysfs in sys/, laid out as the kernel's,
 * and /proc/self/mountinfo in mountinfo. Each test has the directory "mnt".
 */
static struct target target;

#define MAX_MOUNTS	8

static char *mount_points[MAX_MOUNTS];	/* in the order of mounting */
static unsigned int mount_count;

static void write_mount(unsigned int id, unsigned int parent,
			const char *mount_point, const char *number,
			const char *root, const char *type)
{
	FILE *stream = fopen("mountinfo", "a");

	fprintf(stream, "%u %u %s %s %s rw,relatime shared:1 - %s source rw\n",
		id, parent, number, root, mount_point, type);
	fclose(stream);
}

static bool lies_in(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	if (!strcmp(directory, "/"))
		return true;
	return !strncmp(path, directory, length) &&
	       (path[length] == '/' || !path[length]);
}

/* @number: MAJOR:MINOR; @root: what of that filesystem is mounted. */
static void mount_at(const char *mount_point, const char *number,
		     const char *root, const char *type)
{
	unsigned int parent = mount_count;

	/* A mount's parent is the one that was visible at its mount point. */
	while (parent && !lies_in(mount_point, mount_points[parent - 1]))
		parent--;
	assert_in_range(mount_count, 0, MAX_MOUNTS - 1);
	mount_points[mount_count++] = strdup(mount_point);
	write_mount(20 + mount_count, 20 + parent, mount_point, number, root,
		    type);
}

static void forget_mounts(void)
{
	make_text("mountinfo", "");
	while (mount_count)
		free(mount_points[--mount_count]);
}

static int set_up(void **state)
{
	if (scratch_make(state))
		return -1;
	forget_mounts();
	mount_at("/", "0:2", "/", "overlay");
	make_directory("mnt");
	return 0;
}

static int tear_down(void **state)
{
	target_release(&target);
	forget_mounts();
	return scratch_remove(state);
}

/* The same below the test's directory. */
static void mount_below(const char *mount_point, const char *number,
			const char *root, const char *type)
{
	char *path = format("%s/%s", scratch, mount_point);

	make_directory(mount_point);
	mount_at(path, number, root, type);
	free(path);
}

static void make_attribute(const char *device, const char *name,
			   const char *value)
{
	char *path = format("sys/devices/%s/%s", device, name);

	make_text(path, value);
	free(path);
}

/* In @directory, a link to @destination; both are below sys/. */
static void make_sysfs_link(const char *directory, const char *name,
			    const char *destination)
{
	char *path = format("sys/%s/%s", directory, name);
	char *absolute = format("%s/sys/%s", scratch, destination);

	make_directory(absolute);
	make_link(path, absolute);
	free(absolute);
	free(path);
}

static void bind_driver(const char *device, const char *driver,
			const char *module)
{
	char *devices = format("devices/%s", device);
	char *drivers = format("bus/some/drivers/%s", driver);
	char *modules = format("module/%s", module);

	make_sysfs_link(drivers, "module", modules);
	make_sysfs_link(devices, "driver", drivers);
	free(modules);
	free(drivers);
	free(devices);
}

static void make_block_device(const char *device, const char *number)
{
	char *devices = format("devices/%s", device);

	make_sysfs_link("dev/block", number, devices);
	free(devices);
}

/* @name: the disk's; @parent: the device that its driver is bound to. */
static void make_disk(const char *parent, const char *name, const char *number)
{
	char *disk = format("%s/block/%s", parent, name);
	char *devices = format("devices/%s", disk);
	char *parents = format("devices/%s", parent);

	make_block_device(disk, number);
	make_sysfs_link(devices, "device", parents);
	free(parents);
	free(devices);
	free(disk);
}

#define VIRTIO_PCI	"pci0000:00/0000:00:05.0"
#define VIRTIO		VIRTIO_PCI "/virtio2"
#define VDB		VIRTIO "/block/vdb"
#define VDB1		VDB "/vdb1"

/* vdb is 254:16, and vdb1 is 254:17. */
static void make_virtio_disk(void)
{
	make_disk(VIRTIO, "vdb", "254:16");
	bind_driver(VIRTIO, "virtio_blk", "virtio_blk");
	bind_driver(VIRTIO_PCI, "virtio-pci", "virtio_pci");
	make_block_device(VDB1, "254:17");
	make_attribute(VDB1, "partition", "1\n");
}

/* dm-<minor> is 253:<minor>. */
static void make_mapping(unsigned int minor, const char *uuid,
			 const char *slave)
{
	char *device = format("virtual/block/dm-%u", minor);
	char *number = format("253:%u", minor);
	char *slaves = format("devices/%s/slaves", device);
	char *below = format("devices/%s", slave);

	make_block_device(device, number);
	make_attribute(device, "dm/uuid", uuid);
	make_sysfs_link(slaves, strrchr(slave, '/') + 1, below);
	free(below);
	free(slaves);
	free(number);
	free(device);
}

static void resolve(const char *path)
{
	char *reason;

	target_release(&target);
	if (target_resolve(&target, path, "mountinfo", "sys", &reason))
		fail_msg("%s", reason);
}

/* The reason has to name what is in the way: the administrator acts on it. */
static void assert_refused(const char *path, const char *why)
{
	static const struct target empty;
	char *reason = NULL;

	target_release(&target);
	memset(&target, 0xa5, sizeof(target));
	assert_int_equal(target_resolve(&target, path, "mountinfo", "sys",
					&reason), -1);
	assert_non_null(reason);
	if (!strstr(reason, why))
		fail_msg("\"%s\" is not in \"%s\"", why, reason);
	free(reason);
	assert_memory_equal(&target, &empty, sizeof(target));
}

static bool has_driver(const char *module)
{
	size_t i;

	for (i = 0; i < target.driver_count; i++)
		if (!strcmp(target.drivers[i], module))
			return true;
	return false;
}

static void assert_virtio_drivers(void)
{
	assert_int_equal(target.driver_count, 2);
	assert_true(has_driver("virtio_blk"));
	assert_true(has_driver("virtio_pci"));
}

static void test_whole_disk(void **state)
{
	char *path = format("%s/mnt", scratch);

	make_virtio_disk();
	mount_below("mnt", "254:16", "/", "ext4");
	resolve("mnt");
	assert_string_equal(target.path, path);
	assert_string_equal(target.directory, "/");
	assert_string_equal(target.filesystem_type, "ext4");
	assert_string_equal(target.filesystem_device, "/dev/vdb");
	assert_null(target.luks_uuid);
	assert_null(target.luks_device);
	assert_virtio_drivers();
	free(path);
}

static void test_partition(void **state)
{
	make_virtio_disk();
	mount_below("mnt", "254:17", "/", "ext4");
	make_directory("mnt/var/crash");
	resolve("mnt/var/crash");
	assert_string_equal(target.directory, "/var/crash");
	assert_string_equal(target.filesystem_device, "/dev/vdb1");
	assert_null(target.luks_uuid);
	assert_virtio_drivers();
}

static void test_luks2_on_a_disk(void **state)
{
	make_virtio_disk();
	make_mapping(0, LUKS2, VDB);
	mount_below("mnt", "253:0", "/", "ext4");
	make_directory("mnt/dumps");
	resolve("mnt/dumps");
	assert_string_equal(target.directory, "/dumps");
	assert_string_equal(target.filesystem_device, "/dev/dm-0");
	assert_string_equal(target.luks_uuid, UUID);
	assert_string_equal(target.luks_device, "/dev/vdb");
	assert_virtio_drivers();
}

static void test_luks2_on_a_partition(void **state)
{
	make_virtio_disk();
	make_mapping(7, LUKS2, VDB1);
	mount_below("mnt", "253:7", "/", "ext4");
	resolve("mnt");
	assert_string_equal(target.filesystem_device, "/dev/dm-7");
	assert_string_equal(target.luks_uuid, UUID);
	assert_string_equal(target.luks_device, "/dev/vdb1");
	assert_virtio_drivers();
}

#define PORT	"pci0000:00/0000:00:1c.0"
#define HBA	PORT "/0000:02:00.0"
#define TARGET	HBA "/host4/target4:0:0"
#define LUN	TARGET "/4:0:0:0"

/* Every bus on the way has a driver, and one of them drives two. */
static void test_scsi_disk(void **state)
{
	make_disk(LUN, "sda", "8:0");
	bind_driver(LUN, "sd", "sd_mod");
	bind_driver(HBA, "mpt3sas", "mpt3sas");
	bind_driver(PORT, "pcieport", "pcieportdrv");
	bind_driver("pci0000:00", "pcieport2", "pcieportdrv");
	mount_below("mnt", "8:0", "/", "ext4");
	resolve("mnt");
	assert_string_equal(target.filesystem_device, "/dev/sda");
	assert_int_equal(target.driver_count, 3);
	assert_true(has_driver("sd_mod"));
	assert_true(has_driver("mpt3sas"));
	assert_true(has_driver("pcieportdrv"));
}

/* A driver that is built into the kernel may have no module in sysfs. */
static void test_driver_without_module(void **state)
{
	make_disk(VIRTIO, "vdb", "254:16");
	bind_driver(VIRTIO, "virtio_blk", "virtio_blk");
	make_sysfs_link("devices/" VIRTIO_PCI, "driver", "bus/pci/built-in");
	mount_below("mnt", "254:16", "/", "ext4");
	resolve("mnt");
	assert_int_equal(target.driver_count, 1);
	assert_string_equal(target.drivers[0], "virtio_blk");
}

static void test_root_filesystem(void **state)
{
	char *path = format("%s/mnt", scratch);

	make_virtio_disk();
	make_mapping(0, LUKS2, VDB1);
	mount_at("/", "253:0", "/", "ext4");
	resolve("mnt");
	assert_string_equal(target.directory, path);
	assert_string_equal(target.luks_uuid, UUID);

	resolve("/");
	assert_string_equal(target.path, "/");
	assert_string_equal(target.directory, "/");
	free(path);
}

/*
 * What an initramfs mounted first and then moved below the real root: the
 * order of the list says nothing.
 */
static void test_moved_mounts(void **state)
{
	make_virtio_disk();
	forget_mounts();
	make_directory("mnt/crash");
	write_mount(1, 1, "/", "0:2", "/", "rootfs");
	write_mount(25, 30, scratch, "254:16", "/", "ext4");
	write_mount(30, 1, "/", "254:17", "/", "ext4");
	resolve("mnt/crash");
	assert_string_equal(target.filesystem_device, "/dev/vdb");
	assert_string_equal(target.directory, "/mnt/crash");
	resolve("/");
	assert_string_equal(target.filesystem_device, "/dev/vdb1");
}

static void test_bind_mount(void **state)
{
	make_virtio_disk();
	mount_below("mnt", "254:17", "/data/dumps", "ext4");
	make_directory("mnt/today");
	resolve("mnt");
	assert_string_equal(target.directory, "/data/dumps");
	resolve("mnt/today");
	assert_string_equal(target.directory, "/data/dumps/today");
}

/* A chroot or a container's root is a bind mount at /. */
static void test_bind_mount_at_root(void **state)
{
	char *expected = format("/tree%s/mnt", scratch);

	make_virtio_disk();
	mount_at("/", "254:17", "/tree", "ext4");
	resolve("mnt");
	assert_string_equal(target.directory, expected);
	resolve("/");
	assert_string_equal(target.directory, "/tree");
	free(expected);
}

static void test_nested_mounts(void **state)
{
	make_virtio_disk();
	mount_below("mnt", "254:16", "/", "ext4");
	mount_below("mnt/var", "254:17", "/", "ext4");
	/* Its name begins like the one above. */
	mount_below("mnt/va", "0:99", "/", "tmpfs");
	make_directory("mnt/var/crash");
	make_directory("mnt/variable");

	resolve("mnt/var/crash");
	assert_string_equal(target.filesystem_device, "/dev/vdb1");
	assert_string_equal(target.directory, "/crash");
	resolve("mnt/variable");
	assert_string_equal(target.filesystem_device, "/dev/vdb");
	assert_string_equal(target.directory, "/variable");
	assert_refused("mnt/va", "tmpfs");
}

static void test_mount_over_a_mount(void **state)
{
	make_virtio_disk();
	mount_below("mnt", "254:16", "/", "ext4");
	mount_below("mnt", "254:17", "/", "ext4");
	resolve("mnt");
	assert_string_equal(target.filesystem_device, "/dev/vdb1");

	mount_below("mnt", "0:99", "/", "tmpfs");
	assert_refused("mnt", "tmpfs");
}

/* What is mounted later above a mount point hides all that is below. */
static void test_mount_over_a_nested_mount(void **state)
{
	make_virtio_disk();
	mount_below("mnt/var", "254:16", "/", "ext4");
	mount_below("mnt", "254:17", "/", "ext4");
	make_directory("mnt/var/crash");
	resolve("mnt/var/crash");
	assert_string_equal(target.filesystem_device, "/dev/vdb1");
	assert_string_equal(target.directory, "/var/crash");
}

/* mountinfo writes a blank as \040. */
static void test_names_with_blanks(void **state)
{
	char *mount_point = format("%s/mnt/a\\040b", scratch);

	make_virtio_disk();
	make_directory("mnt/a b/c d");
	mount_at(mount_point, "254:17", "/x\\040y", "ext4");
	resolve("mnt/a b/c d");
	assert_string_equal(target.directory, "/x y/c d");
	free(mount_point);
}

static void test_symbolic_link(void **state)
{
	char *expected = format("%s/mnt/crash", scratch);

	make_virtio_disk();
	mount_below("mnt", "254:17", "/", "ext4");
	make_directory("mnt/crash");
	make_link("link", "mnt/../mnt/crash");
	resolve("link");
	assert_string_equal(target.path, expected);
	assert_string_equal(target.directory, "/crash");
	free(expected);
}

static void test_lvm_on_luks_is_refused(void **state)
{
	make_virtio_disk();
	make_mapping(0, LUKS2, VDB1);
	make_mapping(1, "LVM-abcdefghijklmnop\n", "virtual/block/dm-0");
	mount_below("mnt", "253:1", "/", "ext4");
	assert_refused("mnt", "LVM");
}

static void test_luks_on_lvm_is_refused(void **state)
{
	make_virtio_disk();
	make_mapping(0, "LVM-abcdefghijklmnop\n", VDB1);
	make_mapping(1, LUKS2, "virtual/block/dm-0");
	mount_below("mnt", "253:1", "/", "ext4");
	assert_refused("mnt", "LVM");
}

/* dm-integrity below dm-crypt is what luksFormat --integrity makes. */
static void test_luks_with_integrity_is_refused(void **state)
{
	make_virtio_disk();
	make_mapping(0, "CRYPT-SUBDEV-" UUID_DIGITS "-dumps_dif\n", VDB1);
	make_mapping(1, LUKS2, "virtual/block/dm-0");
	mount_below("mnt", "253:1", "/", "ext4");
	assert_refused("mnt", "device-mapper");
}

static void test_luks1_is_refused(void **state)
{
	make_virtio_disk();
	make_mapping(0, "CRYPT-LUKS1-" UUID_DIGITS "-dumps\n", VDB1);
	mount_below("mnt", "253:0", "/", "ext4");
	assert_refused("mnt", "LUKS1");
}

static void test_other_mappings_are_refused(void **state)
{
	make_virtio_disk();
	make_mapping(0, "CRYPT-PLAIN-dumps\n", VDB1);
	make_mapping(1, "mpath-3600508b400105e210000900000490000\n", VDB);
	make_mapping(2, "\n", VDB);
	mount_below("plain", "253:0", "/", "ext4");
	mount_below("multipath", "253:1", "/", "ext4");
	mount_below("nameless", "253:2", "/", "ext4");
	assert_refused("plain", "not LUKS2");
	assert_refused("multipath", "not LUKS2");
	assert_refused("nameless", "not LUKS2");
}

static void test_luks_on_other_than_one_device_is_refused(void **state)
{
	make_virtio_disk();
	make_mapping(0, LUKS2, VDB1);
	make_sysfs_link("devices/virtual/block/dm-0/slaves", "vdb",
			"devices/" VDB);
	mount_below("two", "253:0", "/", "ext4");
	assert_refused("two", "exactly one device");

	make_block_device("virtual/block/dm-1", "253:1");
	make_attribute("virtual/block/dm-1", "dm/uuid", LUKS2);
	make_directory("sys/devices/virtual/block/dm-1/slaves");
	mount_below("none", "253:1", "/", "ext4");
	assert_refused("none", "exactly one device");
}

static void make_md(void)
{
	make_block_device("virtual/block/md0", "9:0");
	make_attribute("virtual/block/md0", "md/level", "raid1\n");
}

static void test_md_is_refused(void **state)
{
	make_md();
	mount_below("mnt", "9:0", "/", "ext4");
	assert_refused("mnt", "RAID");
	make_mapping(0, LUKS2, "virtual/block/md0");
	mount_below("luks", "253:0", "/", "ext4");
	assert_refused("luks", "RAID");
}

static void test_loop_is_refused(void **state)
{
	make_block_device("virtual/block/loop0", "7:0");
	make_attribute("virtual/block/loop0", "loop/backing_file", "/image\n");
	mount_below("mnt", "7:0", "/", "ext4");
	assert_refused("mnt", "loop");

	make_block_device("virtual/block/loop0/loop0p1", "259:0");
	make_attribute("virtual/block/loop0/loop0p1", "partition", "1\n");
	mount_below("partition", "259:0", "/", "ext4");
	assert_refused("partition", "loop");

	make_mapping(0, LUKS2, "virtual/block/loop0");
	mount_below("luks", "253:0", "/", "ext4");
	assert_refused("luks", "loop");
}

/* The crash kernel has no network. */
static void test_iscsi_is_refused(void **state)
{
	make_disk("platform/host3/session1/target3:0:0/3:0:0:1", "sdb", "8:16");
	mount_below("mnt", "8:16", "/", "ext4");
	assert_refused("mnt", "sdb is not on a disk");
}

/* Nothing at a multipath device tells which drivers its paths need. */
static void test_nvme_multipath_is_refused(void **state)
{
	make_disk("virtual/nvme-subsystem/nvme-subsys0", "nvme0n1", "259:0");
	mount_below("mnt", "259:0", "/", "ext4");
	assert_refused("mnt", "nvme0n1 is not on a disk");
}

static void test_slash_in_a_device_name(void **state)
{
	make_disk("pci0000:00/0000:00:06.0", "cciss!c0d0", "104:0");
	mount_below("mnt", "104:0", "/", "ext4");
	resolve("mnt");
	assert_string_equal(target.filesystem_device, "/dev/cciss/c0d0");
}

static void test_no_block_device_is_refused(void **state)
{
	mount_below("a", "0:35", "/", "tmpfs");
	mount_below("b", "0:36", "/", "nfs4");
	mount_below("c", "0:37", "/", "overlay");
	assert_refused("a", "tmpfs");
	assert_refused("b", "nfs4");
	assert_refused("c", "overlay");
}

static void test_other_filesystem_is_refused(void **state)
{
	make_virtio_disk();
	mount_below("mnt", "254:16", "/", "xfs");
	assert_refused("mnt", "xfs");
	make_mapping(0, LUKS2, VDB);
	mount_below("luks", "253:0", "/", "ext3");
	assert_refused("luks", "ext3");
}

static void test_no_directory(void **state)
{
	make_virtio_disk();
	mount_below("mnt", "254:16", "/", "ext4");
	make_text("mnt/file", "");
	make_link("mnt/dangling", "nowhere");
	assert_refused("mnt/missing", "No such file");
	assert_refused("mnt/dangling", "No such file");
	assert_refused("mnt/file", "not a directory");
	assert_refused("mnt/file/below", "Not a directory");
	assert_refused("", "No such file");
}

static void test_nothing_mounted(void **state)
{
	forget_mounts();
	assert_refused("mnt", "no filesystem");
}

static void test_no_mountinfo(void **state)
{
	char *reason = NULL;

	assert_int_equal(target_resolve(&target, "mnt", "missing", "sys",
					&reason), -1);
	assert_non_null(reason);
	free(reason);
}

static void assert_luks_uuid(const char *dm_uuid, const char *expected)
{
	/* Allocated as long as it is: ASan sees a look behind its end. */
	char *exact = strdup(dm_uuid);
	char *uuid = target_luks_uuid(exact);

	if (expected) {
		assert_non_null(uuid);
		assert_string_equal(uuid, expected);
	} else if (uuid) {
		fail_msg("%s: %s", dm_uuid, uuid);
	}
	free(uuid);
	free(exact);
}

static void test_luks_uuid(void **state)
{
	assert_luks_uuid("CRYPT-LUKS2-" UUID_DIGITS "-dumps", UUID);
	assert_luks_uuid("CRYPT-LUKS2-" UUID_DIGITS "-a-b c", UUID);
	assert_luks_uuid("CRYPT-LUKS2-5C2D5B5E9D514FD69C5C1F6E0C3F2A11-x",
			 UUID);
}

static void test_no_luks_uuid(void **state)
{
	assert_luks_uuid("", NULL);
	assert_luks_uuid("CRYPT-LUKS2", NULL);
	assert_luks_uuid("CRYPT-LUKS2-", NULL);
	assert_luks_uuid("CRYPT-LUKS1-" UUID_DIGITS "-dumps", NULL);
	assert_luks_uuid("crypt-luks2-" UUID_DIGITS "-dumps", NULL);
	assert_luks_uuid("XCRYPT-LUKS2-" UUID_DIGITS "-dumps", NULL);
	assert_luks_uuid("CRYPT-LUKS2-" UUID_DIGITS, NULL);
	assert_luks_uuid("CRYPT-LUKS2-" UUID_DIGITS "0-dumps", NULL);
	assert_luks_uuid("CRYPT-LUKS2-" UUID "-dumps", NULL);
	assert_luks_uuid("CRYPT-LUKS2-5c2d5b5e9d514fd69c5c1f6e0c3f2a1-x", NULL);
	assert_luks_uuid("CRYPT-LUKS2-5c2d5b5e9d514fd69c5c1f6e0c3f2a1g-x",
			 NULL);
	assert_luks_uuid("LVM-abcdefghijklmnop", NULL);
}

#define target_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		target_test(test_whole_disk),
		target_test(test_partition),
		target_test(test_luks2_on_a_disk),
		target_test(test_luks2_on_a_partition),
		target_test(test_scsi_disk),
		target_test(test_driver_without_module),
		target_test(test_root_filesystem),
		target_test(test_moved_mounts),
		target_test(test_bind_mount),
		target_test(test_bind_mount_at_root),
		target_test(test_nested_mounts),
		target_test(test_mount_over_a_mount),
		target_test(test_mount_over_a_nested_mount),
		target_test(test_names_with_blanks),
		target_test(test_symbolic_link),
		target_test(test_lvm_on_luks_is_refused),
		target_test(test_luks_on_lvm_is_refused),
		target_test(test_luks_with_integrity_is_refused),
		target_test(test_luks1_is_refused),
		target_test(test_other_mappings_are_refused),
		target_test(test_luks_on_other_than_one_device_is_refused),
		target_test(test_md_is_refused),
		target_test(test_loop_is_refused),
		target_test(test_iscsi_is_refused),
		target_test(test_nvme_multipath_is_refused),
		target_test(test_slash_in_a_device_name),
		target_test(test_no_block_device_is_refused),
		target_test(test_other_filesystem_is_refused),
		target_test(test_no_directory),
		target_test(test_nothing_mounted),
		target_test(test_no_mountinfo),
		target_test(test_luks_uuid),
		target_test(test_no_luks_uuid),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
