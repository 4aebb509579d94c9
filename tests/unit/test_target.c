// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/scratch.h"
#include "tool/host/sysfs.h"
#include "tool/storage/target.h"

#define UUID_DIGITS  "5c2d5b5e9d514fd69c5c1f6e0c3f2a11"
#define UUID	     "5c2d5b5e-9d51-4fd6-9c5c-1f6e0c3f2a11"
#define LUKS2	     "CRYPT-LUKS2-" UUID_DIGITS "-dumps\n"
#define OTHER_DIGITS "a7a2d2b26f1e4a528b6c0d5a37b6b0c4"
#define OTHER_UUID   "a7a2d2b2-6f1e-4a52-8b6c-0d5a37b6b0c4"
#define OTHER_LUKS2  "CRYPT-LUKS2-" OTHER_DIGITS "-more\n"
#define VG	     "LVM-pM3gDm4cQYRBBvN5yXwDqfs6HdtJeNp6"
#define OTHER_VG     "LVM-qM3gDm4cQYRBBvN5yXwDqfs6HdtJeNp6"
#define LV	     VG "Vhq9ZRWl0ePNz6xoJeUhAeMVnhBBvg6z\n"
#define OTHER_LV     VG "Xhq9ZRWl0ePNz6xoJeUhAeMVnhBBvg6z"
#define ARRAY	     "8f0b4b9a-ff2d-4d3b-9a3f-2b1f5a0c7e11"

/*
 * The tests build a machine: sys/ has the layout of the kernel's sysfs, and
 * mountinfo that of /proc/self/mountinfo. Each test has the directory "mnt".
 */
static struct target target;

#define MAX_MOUNTS 8

static char *mount_points[MAX_MOUNTS]; /* in the order of mounting */
static unsigned int mount_count;

static const char *mount_source, *mount_options;

static void write_mount(unsigned int id, unsigned int parent,
			const char *mount_point, const char *number,
			const char *root, const char *type)
{
	FILE *stream = fopen("mountinfo", "a");

	fprintf(stream, "%u %u %s %s %s rw,relatime shared:1 - %s %s %s\n", id,
		parent, number, root, mount_point, type, mount_source,
		mount_options);
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

/* @number is MAJOR:MINOR. @root is the directory that is mounted. */
static void mount_at(const char *mount_point, const char *number,
		     const char *root, const char *type)
{
	unsigned int parent = mount_count;

	/* The parent of a mount is the mount that was visible before. */
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
	mount_source = "source";
	mount_options = "rw";
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

/* The same, for a mount point in the test's directory. */
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

/* Make a link to @destination in @directory. Both are in sys/. */
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

/* @name is the disk. @parent is the device that its driver is bound to. */
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

#define VIRTIO_PCI "pci0000:00/0000:00:05.0"
#define VIRTIO	   VIRTIO_PCI "/virtio2"
#define VDB	   VIRTIO "/block/vdb"
#define VDB1	   VDB "/vdb1"

#define PORT   "pci0000:00/0000:00:1c.0"
#define HBA    PORT "/0000:02:00.0"
#define TARGET HBA "/host4/target4:0:0"
#define LUN    TARGET "/4:0:0:0"

/* vdb has the number 254:16, and vdb1 has 254:17. */
static void make_virtio_disk(void)
{
	make_disk(VIRTIO, "vdb", "254:16");
	bind_driver(VIRTIO, "virtio_blk", "virtio_blk");
	bind_driver(VIRTIO_PCI, "virtio-pci", "virtio_pci");
	make_block_device(VDB1, "254:17");
	make_attribute(VDB1, "partition", "1\n");
}

/* @device, in devices/, lies on @slave. */
static void add_slave(const char *device, const char *slave)
{
	char *slaves = format("devices/%s/slaves", device);
	char *below = format("devices/%s", slave);

	make_sysfs_link(slaves, strrchr(slave, '/') + 1, below);
	free(below);
	free(slaves);
}

#define DM(minor) "virtual/block/dm-" #minor

/* dm-<minor> has the number 253:<minor>. */
static void make_mapping(unsigned int minor, const char *uuid,
			 const char *slave)
{
	char *device = format("virtual/block/dm-%u", minor);
	char *number = format("253:%u", minor);

	make_block_device(device, number);
	make_attribute(device, "dm/uuid", uuid);
	add_slave(device, slave);
	free(number);
	free(device);
}

static void make_logical_volume(unsigned int minor, const char *uuid,
				const char *name, const char *slave)
{
	char *device = format("virtual/block/dm-%u", minor);

	make_mapping(minor, uuid, slave);
	make_attribute(device, "dm/name", name);
	free(device);
}

#define MD0 "virtual/block/md0"

/* md0 has the number 9:0. */
static void make_md(const char *level)
{
	make_block_device(MD0, "9:0");
	make_attribute(MD0, "md/level", level);
	make_attribute(MD0, "md/uuid", ARRAY "\n");
	make_attribute(MD0, "md/metadata_version", "1.2\n");
}

static void resolve(const char *path)
{
	struct error error;

	target_release(&target);
	if (target_resolve(&target, path, "mountinfo", "sys", &error))
		fail_msg("%s", error.reason);
}

/* The administrator acts on the reason, so it must name the cause. */
static void assert_refused(const char *path, const char *why)
{
	static const struct target empty;
	struct error error = {};

	target_release(&target);
	memset(&target, 0xa5, sizeof(target));
	assert_int_equal(target_resolve(&target, path, "mountinfo", "sys",
					&error),
			 -1);
	if (!strstr(error.reason, why))
		fail_msg("\"%s\" is not in \"%s\"", why, error.reason);
	assert_memory_equal(&target, &empty, sizeof(target));
}

static bool has_driver(const char *module)
{
	return text_list_has(&target.stack.drivers.modules, module);
}

static void assert_volume(size_t index, const char *uuid, const char *device)
{
	assert_in_range(target.stack.volume_count, index + 1, 128);
	assert_string_equal(target.stack.volumes[index].luks_uuid, uuid);
	assert_string_equal(target.stack.volumes[index].device, device);
}

static void assert_one_volume(const char *uuid, const char *device)
{
	assert_int_equal(target.stack.volume_count, 1);
	assert_volume(0, uuid, device);
}

static void assert_virtio_drivers(void)
{
	assert_int_equal(target.stack.drivers.modules.count, 2);
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
	assert_int_equal(target.device_count, 1);
	assert_string_equal(target.devices[0].file, "/dev/vdb");
	assert_null(target.devices[0].layer);
	assert_int_equal(target.stack.volume_count, 0);
	assert_int_equal(target.stack.logical_volumes.count, 0);
	assert_int_equal(target.stack.arrays.count, 0);
	assert_null(target.mount_options);
	assert_virtio_drivers();
	free(path);
}

/* A LUKS volume may be open read-only. The crash kernel opens it again. */
static void test_read_only(void **state)
{
	make_virtio_disk();
	make_mapping(0, LUKS2, VDB1);
	make_logical_volume(1, LV, "vg-lv\n", DM(0));
	mount_below("mnt", "253:1", "/", "ext4");
	make_attribute(VDB, "ro", "0\n");
	make_attribute(DM(0), "ro", "1\n");
	make_attribute(DM(1), "ro", "0\n");
	resolve("mnt");

	make_attribute(DM(1), "ro", "1\n");
	assert_refused("mnt", "dm-1 is read-only");
	make_attribute(DM(1), "ro", "0\n");
	make_attribute(VDB, "ro", "1\n");
	assert_refused("mnt", "/dev/vdb is read-only");
}

/* It is larger than its device, as the filesystem of the test is than this. */
static void test_f2fs_on_several_devices(void **state)
{
	make_virtio_disk();
	mount_below("mnt", "254:16", "/", "f2fs");
	make_attribute(VDB, "size", "8\n");
	assert_refused("mnt", "lies on several devices");
	make_attribute(VDB, "size", "1000000000000000\n");
	resolve("mnt");
}

static void test_directory_to_be_made(void **state)
{
	char *path = format("%s/mnt/dumps", scratch);

	make_virtio_disk();
	mount_below("mnt", "254:16", "/", "ext4");
	resolve("mnt");
	target_descend(&target, "dumps");
	assert_string_equal(target.path, path);
	assert_string_equal(target.directory, "/dumps");
	target_descend(&target, "new");
	assert_string_equal(target.directory, "/dumps/new");
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
	assert_int_equal(target.stack.volume_count, 0);
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
	assert_one_volume(UUID, "/dev/vdb");
	assert_virtio_drivers();
}

static void test_luks2_on_a_partition(void **state)
{
	make_virtio_disk();
	make_mapping(7, LUKS2, VDB1);
	mount_below("mnt", "253:7", "/", "ext4");
	resolve("mnt");
	assert_string_equal(target.filesystem_device, "/dev/dm-7");
	assert_one_volume(UUID, "/dev/vdb1");
	assert_string_equal(target.stack.volumes[0].mapping, "/dev/dm-7");
	assert_virtio_drivers();
}

/* Every bus has a driver, and one driver drives two of them. */
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
	assert_int_equal(target.stack.drivers.modules.count, 3);
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
	assert_int_equal(target.stack.drivers.modules.count, 1);
	assert_string_equal(target.stack.drivers.modules.items[0],
			    "virtio_blk");
}

/* SD cards: their bus does not name the module of its driver in sysfs. */
static void test_driver_by_alias(void **state)
{
	struct text_list *aliases = &target.stack.drivers.aliases;

	make_virtio_disk();
	make_attribute(VIRTIO, "uevent",
		       "MODALIAS=virtio:d00000002v00001AF4\n");
	assert_int_equal(unlink("sys/devices/" VIRTIO_PCI "/driver"), 0);
	make_sysfs_link("devices/" VIRTIO_PCI, "driver", "bus/mmc/mmcblk");
	make_attribute(VIRTIO_PCI, "uevent",
		       "DRIVER=mmcblk\nMODALIAS=mmc:block\n");
	mount_below("mnt", "254:16", "/", "ext4");
	resolve("mnt");
	/* The other one has a driver with a module. */
	assert_int_equal(aliases->count, 1);
	assert_string_equal(aliases->items[0], "mmc:block");
	target_release(&target);

	make_attribute(VIRTIO_PCI, "class", "0x060400\n");
	resolve("mnt");
	assert_int_equal(aliases->count, 0);
}

/* Without its quota options XFS would have to check all quotas at the next boot. */
static void test_quota_of_xfs(void **state)
{
	make_virtio_disk();
	mount_options = "rw,attr2,inode64,usrquota,pqnoenforce,noalign";
	mount_below("mnt", "254:16", "/", "xfs");
	resolve("mnt");
	assert_string_equal(target.mount_options, "usrquota,pqnoenforce");
}

static void test_root_filesystem(void **state)
{
	char *path = format("%s/mnt", scratch);

	make_virtio_disk();
	make_mapping(0, LUKS2, VDB1);
	mount_at("/", "253:0", "/", "ext4");
	resolve("mnt");
	assert_string_equal(target.directory, path);
	assert_one_volume(UUID, "/dev/vdb1");

	resolve("/");
	assert_string_equal(target.path, "/");
	assert_string_equal(target.directory, "/");
	free(path);
}

/*
 * An initramfs mounts these first and then moves them below the real root, so
 * the order of the list does not matter.
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
	/* Its name begins like that of the mount above. */
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

/* A later mount above a mount point hides everything below it. */
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

static void test_lvm_on_luks(void **state)
{
	make_virtio_disk();
	make_mapping(0, LUKS2, VDB1);
	make_logical_volume(1, LV, "dump--vg-crash--lv\n", DM(0));
	mount_below("mnt", "253:1", "/", "ext4");
	resolve("mnt");
	assert_string_equal(target.filesystem_device, "/dev/dm-1");
	assert_one_volume(UUID, "/dev/vdb1");
	assert_string_equal(target.stack.volumes[0].mapping, "/dev/dm-0");
	assert_int_equal(target.stack.logical_volumes.count, 1);
	assert_string_equal(target.stack.logical_volumes.items[0],
			    "dump-vg/crash-lv");
	assert_virtio_drivers();
}

static void test_luks_on_lvm(void **state)
{
	make_virtio_disk();
	make_logical_volume(0, LV, "vg-lv\n", VDB1);
	make_mapping(1, LUKS2, DM(0));
	mount_below("mnt", "253:1", "/", "ext4");
	resolve("mnt");
	assert_one_volume(UUID, "/dev/dm-0");
	assert_int_equal(target.stack.logical_volumes.count, 1);
	assert_string_equal(target.stack.logical_volumes.items[0], "vg/lv");
	assert_virtio_drivers();
}

/* dm-2 is a logical volume on two LUKS volumes, on different disks. */
static void make_two_volumes(void)
{
	make_virtio_disk();
	make_disk(LUN, "sda", "8:0");
	bind_driver(LUN, "sd", "sd_mod");
	make_mapping(0, LUKS2, VDB1);
	make_mapping(1, OTHER_LUKS2, LUN "/block/sda");
	make_logical_volume(2, LV, "vg-lv\n", DM(0));
	add_slave(DM(2), DM(1));
}

static void test_several_luks_under_one_volume_group(void **state)
{
	make_two_volumes();
	mount_below("mnt", "253:2", "/", "ext4");
	resolve("mnt");
	assert_int_equal(target.stack.volume_count, 2);
	assert_true(!strcmp(target.stack.volumes[0].luks_uuid, UUID) !=
		    !strcmp(target.stack.volumes[1].luks_uuid, UUID));
	assert_int_equal(target.stack.logical_volumes.count, 1);
	assert_true(has_driver("sd_mod"));
	assert_true(has_driver("virtio_blk"));
}

/* The capture image is built again if anything in it has another order. */
static void test_order_does_not_depend_on_names(void **state)
{
	char *drivers, *again;

	make_two_volumes();
	make_mapping(3, LUKS2, LUN "/block/sda");
	make_mapping(4, OTHER_LUKS2, VDB1);
	make_logical_volume(5, LV, "vg-lv\n", DM(4));
	add_slave(DM(5), DM(3));
	mount_below("mnt", "253:2", "/", "ext4");
	mount_below("again", "253:5", "/", "ext4");

	resolve("mnt");
	assert_volume(0, UUID, "/dev/vdb1");
	assert_volume(1, OTHER_UUID, "/dev/sda");
	drivers = text_list_join(&target.stack.drivers.modules, " ");
	resolve("again");
	assert_volume(0, UUID, "/dev/sda");
	assert_volume(1, OTHER_UUID, "/dev/vdb1");
	again = text_list_join(&target.stack.drivers.modules, " ");
	assert_string_equal(drivers, again);
	free(drivers);
	free(again);
}

/* Both logical volumes lie on the same LUKS volume: it is listed once. */
static void test_luks_below_two_logical_volumes(void **state)
{
	make_virtio_disk();
	make_mapping(0, LUKS2, VDB1);
	make_logical_volume(1, LV, "vg-a\n", DM(0));
	make_logical_volume(2, OTHER_LV "\n", "vg-b\n", DM(0));
	make_md("raid0\n");
	add_slave(MD0, DM(1));
	add_slave(MD0, DM(2));
	mount_below("mnt", "9:0", "/", "ext4");
	resolve("mnt");
	assert_one_volume(UUID, "/dev/vdb1");
	assert_int_equal(target.stack.logical_volumes.count, 2);
	assert_int_equal(target.stack.arrays.count, 1);
}

/* LVM builds it from hidden volumes, some of whose UUIDs have a suffix. */
static void test_thin_volume(void **state)
{
	make_virtio_disk();
	make_logical_volume(0, VG "Yhq9ZRWl0ePNz6xoJeUhAeMVnhBBvg6z-tdata\n",
			    "vg-pool_tdata\n", VDB1);
	make_logical_volume(1, OTHER_LV "-tpool\n", "vg-pool-tpool\n", DM(0));
	make_logical_volume(2, LV, "vg-thin\n", DM(1));
	make_mapping(3, LUKS2, DM(2));
	mount_below("mnt", "253:3", "/", "ext4");
	resolve("mnt");
	assert_one_volume(UUID, "/dev/dm-2");
	assert_int_equal(target.stack.logical_volumes.count, 1);
	assert_string_equal(target.stack.logical_volumes.items[0], "vg/thin");
	assert_int_equal(target.stack.lvm_uuids.count, 1);
	assert_int_equal(target.stack.physical_volumes.count, 1);
	assert_string_equal(target.stack.physical_volumes.items[0],
			    "/dev/vdb1");
	assert_true(has_driver("dm_thin_pool"));
	assert_true(has_driver("virtio_blk"));

	make_logical_volume(4, OTHER_VG "Xhq9ZRWl0ePNz6xoJeUhAeMVnhBBvg6z\n",
			    "other-lv\n", DM(2));
	mount_below("stacked", "253:4", "/", "ext4");
	assert_refused("stacked", "the logical volume other/lv lies on");
	assert_refused("stacked", "another group");
}

static void test_raid_of_lvm(void **state)
{
	make_virtio_disk();
	make_logical_volume(0, OTHER_LV "\n", "vg-lv_rimage_0\n", VDB1);
	make_logical_volume(1, VG "Yhq9ZRWl0ePNz6xoJeUhAeMVnhBBvg6z\n",
			    "vg-lv_rmeta_0\n", VDB1);
	make_logical_volume(2, LV, "vg-lv\n", DM(0));
	add_slave(DM(2), DM(1));
	mount_below("mnt", "253:2", "/", "ext4");
	resolve("mnt");
	assert_int_equal(target.stack.logical_volumes.count, 1);
	assert_string_equal(target.devices[0].layer,
			    "lvm " VG "Vhq9ZRWl0ePNz6xoJeUhAeMVnhBBvg6z");
	assert_true(has_driver("dm_raid"));
	assert_true(has_driver("raid1"));
}

/* A volume that pvmove moves lies on a mirror of where it was and will be. */
static void test_pvmove(void **state)
{
	make_virtio_disk();
	make_logical_volume(0, OTHER_LV "\n", "vg-pvmove0\n", VDB1);
	make_logical_volume(1, LV, "vg-lv\n", DM(0));
	mount_below("mnt", "253:1", "/", "ext4");
	resolve("mnt");
	assert_int_equal(target.stack.logical_volumes.count, 1);
	assert_string_equal(target.stack.logical_volumes.items[0], "vg/lv");
	assert_true(has_driver("dm_mirror"));
}

static void test_other_parts_of_lvm_are_refused(void **state)
{
	make_virtio_disk();
	make_logical_volume(0, OTHER_LV "-cow\n", "vg-snap-cow\n", VDB1);
	make_logical_volume(1, LV, "vg-snap\n", DM(0));
	mount_below("snapshot", "253:1", "/", "ext4");
	assert_refused("snapshot", "the logical volume vg/snap is a snapshot");

	make_logical_volume(2, OTHER_LV "-vpool\n", "vg-vpool0-vpool\n", VDB1);
	make_logical_volume(3, LV, "vg-vdo\n", DM(2));
	make_mapping(4, LUKS2, DM(3));
	mount_below("vdo", "253:4", "/", "ext4");
	assert_refused("vdo", "vg/vdo consists of other logical volumes");
}

/* luksFormat --integrity creates dm-integrity below dm-crypt. */
static void test_luks_with_integrity(void **state)
{
	make_virtio_disk();
	make_logical_volume(0, "CRYPT-SUBDEV-" UUID_DIGITS "-dumps_dif\n",
			    "dumps_dif\n", VDB1);
	make_logical_volume(1, LUKS2, "dumps\n", "virtual/block/dm-0");
	mount_below("mnt", "253:1", "/", "ext4");
	resolve("mnt");
	assert_one_volume(UUID, "/dev/vdb1");
	assert_true(has_driver("dm_integrity"));
	target_release(&target);
	make_attribute(DM(0), "dm/uuid", "CRYPT-INTEGRITY-dumps_dif\n");
	resolve("mnt");
	assert_one_volume(UUID, "/dev/vdb1");
	make_attribute(DM(0), "dm/name", "other\n");
	assert_refused("mnt", "a dm-integrity device");
}

#define MPATH "mpath-3600508b400105e210000900000490000\n"

/* The crash kernel uses one of the disks. */
static void test_multipath(void **state)
{
	make_virtio_disk();
	make_disk(LUN, "sda", "8:0");
	bind_driver(LUN, "sd", "sd_mod");
	make_attribute(LUN "/block/sda/device", "dh_state", "alua\n");
	make_mapping(0, MPATH, VDB);
	add_slave(DM(0), LUN "/block/sda");
	make_mapping(1, "part1-" MPATH, DM(0));
	make_mapping(2, LUKS2, DM(1));
	mount_below("mnt", "253:2", "/", "ext4");
	resolve("mnt");
	assert_one_volume(UUID, "/dev/dm-1");
	assert_true(has_driver("virtio_blk"));
	assert_true(has_driver("sd_mod"));
	assert_true(has_driver("scsi_dh_alua"));

	make_logical_volume(3, LV, "vg-lv\n", DM(1));
	mount_below("lvm", "253:3", "/", "ext4");
	resolve("lvm");
	assert_int_equal(target.stack.physical_volumes.count, 1);
	assert_string_equal(target.stack.physical_volumes.items[0],
			    "/dev/dm-1");

	make_md("raid1\n");
	add_slave(MD0, DM(1));
	mount_below("array", "9:0", "/", "ext4");
	assert_refused("array", "lies on the multipath device");
}

static void test_luks1(void **state)
{
	make_virtio_disk();
	make_mapping(0, "CRYPT-LUKS1-" UUID_DIGITS "-dumps\n", VDB1);
	mount_below("mnt", "253:0", "/", "ext4");
	resolve("mnt");
	assert_one_volume(UUID, "/dev/vdb1");
}

static void test_other_mappings_are_refused(void **state)
{
	make_virtio_disk();
	make_mapping(0, "CRYPT-PLAIN-dumps\n", VDB1);
	make_mapping(1, "CRYPT-VERITY-x\n", VDB);
	make_mapping(2, "\n", VDB);
	mount_below("plain", "253:0", "/", "ext4");
	mount_below("verity", "253:1", "/", "ext4");
	mount_below("nameless", "253:2", "/", "ext4");
	assert_refused("plain", "a plain dm-crypt device");
	assert_refused("verity", "a dm-verity device");
	assert_refused("nameless", "neither a LUKS volume nor");
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

static void test_luks_on_md(void **state)
{
	make_virtio_disk();
	make_disk(LUN, "sda", "8:0");
	bind_driver(LUN, "sd", "sd_mod");
	make_md("raid1\n");
	add_slave(MD0, VDB1);
	add_slave(MD0, LUN "/block/sda");
	make_mapping(0, LUKS2, MD0);
	mount_below("mnt", "253:0", "/", "ext4");
	resolve("mnt");
	assert_one_volume(UUID, "/dev/md0");
	assert_int_equal(target.stack.arrays.count, 1);
	assert_string_equal(target.stack.arrays.items[0], ARRAY);
	assert_true(has_driver("md-raid1"));
	assert_true(has_driver("sd_mod"));
	assert_true(has_driver("virtio_pci"));
}

static void test_partition_of_md(void **state)
{
	make_virtio_disk();
	make_md("raid10\n");
	add_slave(MD0, VDB1);
	make_block_device(MD0 "/md0p1", "259:1");
	make_attribute(MD0 "/md0p1", "partition", "1\n");
	mount_below("mnt", "259:1", "/", "ext4");
	resolve("mnt");
	assert_string_equal(target.filesystem_device, "/dev/md0p1");
	assert_int_equal(target.stack.arrays.count, 1);
	assert_true(has_driver("md-raid10"));
}

static void test_md_that_mdadm_does_not_assemble_is_refused(void **state)
{
	make_virtio_disk();
	make_md("linear\n");
	add_slave(MD0, VDB1);
	mount_below("mnt", "9:0", "/", "ext4");
	assert_refused("mnt", "level linear");
	make_attribute(MD0, "md/level", "raid1\n");
	resolve("mnt");
	make_attribute(MD0, "md/metadata_version", "external:imsm\n");
	assert_refused("mnt", "external:imsm");
	make_attribute(MD0, "md/metadata_version", "0.90\n");
	assert_refused("mnt", "0.90");
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

static void test_zfs_is_refused(void **state)
{
	mount_below("dataset", "0:50", "/", "zfs");
	assert_refused("dataset", "not on a local block device (it is on zfs)");
	make_block_device("virtual/block/zd0", "230:0");
	mount_below("volume", "230:0", "/", "ext4");
	assert_refused("volume", "a ZFS volume");
}

static void test_network_filesystem_is_refused(void **state)
{
	mount_below("mnt", "0:51", "/", "nfs4");
	assert_refused("mnt", "not on a local block device (it is on nfs4)");
}

/* The crash kernel has no network. */
static void test_iscsi_is_refused(void **state)
{
	make_disk("platform/host3/session1/target3:0:0/3:0:0:1", "sdb", "8:16");
	mount_below("mnt", "8:16", "/", "ext4");
	assert_refused("mnt", "sdb is not on a disk");
	assert_refused("mnt", "iSCSI");
}

#define SUBSYSTEM "virtual/nvme-subsystem/nvme-subsys0"
#define NVME	  "pci0000:00/0000:00:07.0"

/* An NVMe disk with several controllers is beside links to them in sysfs. */
static void test_nvme_subsystem(void **state)
{
	make_block_device(SUBSYSTEM "/nvme0n1", "259:0");
	make_sysfs_link("devices/" SUBSYSTEM, "nvme0",
			"devices/" NVME "/nvme/nvme0");
	make_attribute(NVME "/nvme/nvme0", "transport", "pcie\n");
	bind_driver(NVME, "nvme", "nvme");
	mount_below("mnt", "259:0", "/", "ext4");
	resolve("mnt");
	assert_int_equal(target.stack.drivers.modules.count, 1);
	assert_true(has_driver("nvme"));

	make_attribute(NVME "/nvme/nvme0", "transport", "tcp\n");
	assert_refused("mnt", "over a network (tcp)");
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

static void test_xfs(void **state)
{
	make_virtio_disk();
	mount_below("mnt", "254:16", "/", "xfs");
	resolve("mnt");
	assert_string_equal(target.filesystem_type, "xfs");
	mount_options = "rw,logdev=/dev/sdz1";
	mount_below("log", "254:16", "/", "xfs");
	assert_refused("log", "its log");
}

/* Add the device @source to @devices, a directory in /sys/fs/btrfs. */
static void make_btrfs(const char *device, const char *devices)
{
	const char *name = strrchr(device, '/') + 1;
	char *directory = format("fs/btrfs/%s/devices", devices);
	char *destination = format("devices/%s", device);

	make_sysfs_link(directory, name, destination);
	free(destination);
	free(directory);
}

/* Its number is not that of a device, and its root begins with the subvolume. */
static void test_btrfs(void **state)
{
	char *source = format("%s/mapper/dumps", scratch);

	make_virtio_disk();
	make_mapping(0, LUKS2, VDB1);
	make_btrfs(DM(0), UUID);
	make_text("dm-0", "");
	make_link("mapper/dumps", "../dm-0");
	mount_source = source;
	mount_below("mnt", "0:41", "/@crash", "btrfs");
	make_directory("mnt/dumps");
	resolve("mnt/dumps");
	assert_string_equal(target.filesystem_device, "/dev/dm-0");
	assert_string_equal(target.directory, "/@crash/dumps");
	assert_string_equal(target.mount_options, "subvolid=5");
	assert_one_volume(UUID, "/dev/vdb1");

	/* Without udev the device node is not a link. */
	mount_source = "/dev/mapper/more";
	make_attribute(DM(0), "dm/name", "more\n");
	mount_below("more", "0:42", "/", "btrfs");
	resolve("more");
	assert_string_equal(target.filesystem_device, "/dev/dm-0");

	free(source);
}

/* All its devices have links beside each other. */
static void test_btrfs_on_several_devices(void **state)
{
	make_virtio_disk();
	make_mapping(0, LUKS2, VDB1);
	make_disk(LUN, "sda", "8:0");
	bind_driver(LUN, "sd", "sd_mod");
	make_btrfs(DM(0), UUID);
	make_btrfs(LUN "/block/sda", UUID);
	mount_source = "/dev/sda";
	mount_below("mnt", "0:41", "/", "btrfs");
	resolve("mnt");
	assert_string_equal(target.filesystem_device, "/dev/dm-0");
	assert_int_equal(target.device_count, 2);
	assert_string_equal(target.devices[0].layer, "luks " UUID);
	assert_string_equal(target.devices[1].file, "/dev/sda");
	assert_null(target.devices[1].layer);
	assert_one_volume(UUID, "/dev/vdb1");
	assert_true(has_driver("virtio_blk"));
	assert_true(has_driver("sd_mod"));
	assert_string_equal(target.mount_options, "subvolid=5");

	make_block_device("virtual/block/loop0", "7:0");
	make_btrfs("virtual/block/loop0", UUID);
	assert_refused("mnt", "a loop device");
}

static void test_btrfs_without_its_device(void **state)
{
	make_virtio_disk();
	mount_source = "/dev/nowhere";
	mount_below("mnt", "0:41", "/", "btrfs");
	assert_refused("mnt", "cannot find the device of the Btrfs");
}

static void test_character_sets_of_fat(void **state)
{
	make_virtio_disk();
	mount_options = "rw,fmask=0077,codepage=437,iocharset=ascii,utf8";
	mount_below("mnt", "254:16", "/", "vfat");
	resolve("mnt");
	assert_string_equal(target.mount_options,
			    "codepage=437,iocharset=ascii");
}

static void test_other_filesystem_is_refused(void **state)
{
	make_virtio_disk();
	mount_below("mnt", "254:16", "/", "ntfs3");
	assert_refused("mnt", "ntfs3");
	make_mapping(0, LUKS2, VDB);
	mount_below("luks", "253:0", "/", "nilfs2");
	assert_refused("luks", "nilfs2");
	mount_below("old", "253:0", "/", "ext3");
	resolve("old");
}

static void test_network_devices_are_refused(void **state)
{
	make_disk("virtual", "nbd0", "43:0");
	make_disk("rbd/0", "rbd0", "252:0");
	make_disk("virtual", "bcache0", "251:0");
	mount_below("nbd", "43:0", "/", "ext4");
	mount_below("rbd", "252:0", "/", "ext4");
	mount_below("bcache", "251:0", "/", "ext4");
	assert_refused("nbd", "a network block device");
	assert_refused("rbd", "a network block device");
	assert_refused("bcache", "a bcache device");
}

/* Only a kernel bug could make a loop of links. It must not hang us. */
static void test_endless_stack_is_refused(void **state)
{
	make_mapping(0, LUKS2, DM(1));
	make_mapping(1, OTHER_LUKS2, DM(0));
	mount_below("mnt", "253:0", "/", "ext4");
	assert_refused("mnt", "more than 16 levels of block devices");
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
	struct error error = {};

	assert_int_equal(target_resolve(&target, "mnt", "missing", "sys",
					&error),
			 -1);
	assert_string_equal(error.reason, "cannot read missing");
}

static void assert_luks_uuid(const char *dm_uuid, const char *expected)
{
	/* A copy of exactly this size lets ASan detect reads past its end. */
	char *exact = strdup(dm_uuid);
	char *uuid = block_stack_luks_uuid(exact);

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
	assert_luks_uuid("CRYPT-LUKS1-" UUID_DIGITS "-dumps", UUID);
	assert_luks_uuid("CRYPT-LUKS2-" UUID_DIGITS "-a-b c", UUID);
	assert_luks_uuid("CRYPT-LUKS2-5C2D5B5E9D514FD69C5C1F6E0C3F2A11-x",
			 UUID);
}

static void test_no_luks_uuid(void **state)
{
	assert_luks_uuid("", NULL);
	assert_luks_uuid("CRYPT-LUKS2", NULL);
	assert_luks_uuid("CRYPT-LUKS2-", NULL);
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

static void assert_logical_volume(const char *dm_name, const char *expected)
{
	char *exact = strdup(dm_name);
	char *name = block_stack_logical_volume(exact);

	if (expected) {
		assert_non_null(name);
		assert_string_equal(name, expected);
	} else if (name) {
		fail_msg("%s: %s", dm_name, name);
	}
	free(name);
	free(exact);
}

static void test_logical_volume(void **state)
{
	assert_logical_volume("vg-lv", "vg/lv");
	assert_logical_volume("a--b-c--d", "a-b/c-d");
	assert_logical_volume("a----b-c", "a--b/c");
	assert_logical_volume("vg-lv.1_+", "vg/lv.1_+");
	assert_logical_volume("", NULL);
	assert_logical_volume("vg", NULL);
	assert_logical_volume("vg-", NULL);
	assert_logical_volume("-lv", NULL);
	assert_logical_volume("vg--lv", NULL);
	assert_logical_volume("vg-lv-tpool", NULL);
}

#define target_test(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void assert_familiar(const char *file, const char *expected)
{
	char *sysfs = format("%s/sys", scratch);
	char *name = sysfs_familiar_device(sysfs, file);

	assert_string_equal(name, expected);
	free(name);
	free(sysfs);
}

static void test_familiar_names(void **state)
{
	make_text("sys/class/block/dm-3/dm/name", "lab--vg-root\n");
	make_directory("sys/class/block/vda1");
	assert_familiar("/dev/dm-3", "/dev/mapper/lab--vg-root");
	assert_familiar("/dev/vda1", "/dev/vda1");
	assert_familiar("/dev/dm-4", "/dev/dm-4");
	assert_familiar("name", "name");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		scratch_test(test_familiar_names),
		target_test(test_whole_disk),
		target_test(test_read_only),
		target_test(test_f2fs_on_several_devices),
		target_test(test_directory_to_be_made),
		target_test(test_partition),
		target_test(test_luks2_on_a_disk),
		target_test(test_luks2_on_a_partition),
		target_test(test_scsi_disk),
		target_test(test_driver_without_module),
		target_test(test_driver_by_alias),
		target_test(test_quota_of_xfs),
		target_test(test_root_filesystem),
		target_test(test_moved_mounts),
		target_test(test_bind_mount),
		target_test(test_bind_mount_at_root),
		target_test(test_nested_mounts),
		target_test(test_mount_over_a_mount),
		target_test(test_mount_over_a_nested_mount),
		target_test(test_names_with_blanks),
		target_test(test_symbolic_link),
		target_test(test_lvm_on_luks),
		target_test(test_luks_on_lvm),
		target_test(test_several_luks_under_one_volume_group),
		target_test(test_order_does_not_depend_on_names),
		target_test(test_luks_below_two_logical_volumes),
		target_test(test_thin_volume),
		target_test(test_raid_of_lvm),
		target_test(test_pvmove),
		target_test(test_other_parts_of_lvm_are_refused),
		target_test(test_luks_with_integrity),
		target_test(test_multipath),
		target_test(test_luks1),
		target_test(test_other_mappings_are_refused),
		target_test(test_luks_on_other_than_one_device_is_refused),
		target_test(test_luks_on_md),
		target_test(test_partition_of_md),
		target_test(test_md_that_mdadm_does_not_assemble_is_refused),
		target_test(test_loop_is_refused),
		target_test(test_zfs_is_refused),
		target_test(test_network_filesystem_is_refused),
		target_test(test_iscsi_is_refused),
		target_test(test_nvme_subsystem),
		target_test(test_slash_in_a_device_name),
		target_test(test_no_block_device_is_refused),
		target_test(test_xfs),
		target_test(test_btrfs),
		target_test(test_btrfs_on_several_devices),
		target_test(test_btrfs_without_its_device),
		target_test(test_character_sets_of_fat),
		target_test(test_other_filesystem_is_refused),
		target_test(test_network_devices_are_refused),
		target_test(test_endless_stack_is_refused),
		target_test(test_no_directory),
		target_test(test_nothing_mounted),
		target_test(test_no_mountinfo),
		target_test(test_luks_uuid),
		target_test(test_no_luks_uuid),
		target_test(test_logical_volume),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
