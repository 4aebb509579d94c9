# SPDX-License-Identifier: GPL-2.0-or-later
"""The ways of saving a dump: how to set up, arm, crash and check each."""
import json
import threading
import time
from dataclasses import dataclass

from .. import disks, product, story
from ..disks import PASSPHRASE, QUICK_PASSPHRASE
from ..host import BUILD, LabError, last_lines
from ..sysroot import next_makedumpfile
from ..vm import VmError
from .machine import BOOT_TIMEOUT, CMDLINE, SHELL, SYSTEMD, Boot, seconds

DUMPS = "/var/crash"
KEY = "/root/key"           # for the quick keyslot
HOOK = "/root/type-the-passphrase"
MIB = 1 << 20
RESET = "RESET"             # not a pattern: the machine was reset
BOOTED = "BOOTED"           # not a pattern: the machine has booted
STEP_TIMEOUT = 1800     # kdump-tools compress all memory that was ever used
_making_the_template = threading.Lock()


def said(text):
    """Return the pattern of a line of the capture program."""
    return rf"kdump-crypt: \[[^\]\n]*\] {text}[^\n]*\n"


VMCORE = "vmcore"           # after this step the dump is on the disk
LOGIN_STEP = "boot to login"
STEPS_IN_ORDER = ["crash kernel", "crash kernel and systemd", "modules", "Argon2", "restore",
                  "unlock", "mount", "kernel log", VMCORE, "reset", LOGIN_STEP]


class CrashError(VmError):
    """A crash failed. The machine has booted to the lab's shell."""


@dataclass
class Crash:
    """The measurements of a crash."""
    steps: dict             # seconds of each, in their order
    bytes: int = 0          # of the vmcore
    complete: bool = False

    def until(self, last):
        """Return the time of all steps up to that one."""
        total = 0
        for step, value in self.steps.items():
            total += value
            if step == last:
                break
        return total


@dataclass
class Contender:
    name: str
    tree: str
    reserved: int           # MiB
    marks: list             # pairs: a step, and the pattern at its end
    boot: Boot = SYSTEMD
    dumps = f"{DUMPS}/lab-*"
    list_initramfs = "lsinitramfs -l"   # the command, without its file

    def base(self, directory):
        """Make the disk for the dumps."""
        return disks.blank(directory / "crash.img")

    def disk(self, directory):
        """Make an overlay, so that writes take the same way as those to the root disk."""
        return disks.overlay(self.base(directory), directory / "crash.qcow2")

    def more_disks(self, directory):
        """Make further disks of the machine. Return their paths."""
        return []

    def make(self, vm):
        """Do what is necessary once."""

    def open(self, vm):
        """Do what is necessary after each boot, before arming."""

    def arm(self, vm):
        """Return the seconds that arming took."""
        raise NotImplementedError

    def disarm(self, vm):
        """Unload the crash kernel, and sync what arming wrote."""
        vm.run("kexec -p -u && sync && grep 0 /sys/kernel/kexec_crash_loaded", timeout=120)

    def forget(self, vm):
        """Remove the initramfs, so that the next arming makes it."""
        raise NotImplementedError

    def initramfs(self):
        """Return the path of the initramfs, for the guest's shell."""
        raise NotImplementedError

    def check(self, vm, crash, token):
        """Set crash.complete if that crash's dump is complete, and remove the dump then."""
        raise NotImplementedError

    def remove_dumps(self, vm):
        """Remove all dumps, complete or not, so that the next one has the same space."""
        vm.run(f"rm -rf {self.dumps}; sync")

    def panic(self, vm):
        """Crash. Return a word that the dump must contain."""
        token = story.log_token(vm)
        # The next boot needs what was written.
        vm.run("sync")
        # Forget events of earlier resets.
        vm.qmp.event(RESET)
        vm.send_line("echo c >/proc/sysrq-trigger")
        vm.expect("Kernel panic - not syncing: [^\n]*\n", 60, what="the panic")
        return token

    def crash(self, vm):
        """Crash, and follow the machine to its next boot."""
        token = self.panic(vm)
        crash = self.follow(vm, LOGIN_STEP)
        self.boot.enter(vm)
        return crash, token

    def follow(self, vm, last_step, clock=time.monotonic):
        """Return the seconds from the panic to the end of a step."""
        crash = Crash({})
        last = clock()
        for step, pattern in self.marks:
            if pattern == RESET:
                vm.wait_reset(STEP_TIMEOUT)
            elif pattern == BOOTED:
                vm.expect(self.boot.sign, BOOT_TIMEOUT)
            else:
                vm.expect([pattern, self.boot.sign], STEP_TIMEOUT, what=f"the end of: {step}")
                if vm.console.match_index:
                    self.boot.enter(vm)
                    raise CrashError(f"{self.name}: the machine booted before the end of: {step}\n"
                                     f"{last_lines(vm.console_log)}")
            now = clock()
            crash.steps[step] = now - last
            last = now
            if step == last_step:
                break
        return crash


def has_word(vm, vmcore, word):
    """Return true if a vmcore can be read and its kernel log contains that word."""
    log = "/var/tmp/dmesg"
    status, _ = vm.run(f"rm -f {log}; makedumpfile --dump-dmesg {vmcore} {log} && "
                       f"grep {word} {log}", timeout=180, check=False)
    return status == 0


BOOT_BACK = [("reset", RESET), (LOGIN_STEP, BOOTED)]
SAVED = [("mount", said("mount: ")), ("kernel log", said("kernel log: saved")),
         (VMCORE, said("vmcore: saved")), *BOOT_BACK]
STARTED = [("crash kernel", said("start: ")), ("modules", said("modules: "))]
UNLOCKED = [("restore", said("restore: ")), ("unlock", said("unlock: "))]


class KdumpCrypt(Contender):
    """To LVM on a default LUKS2 volume, as Debian's installer makes it."""
    marks_before_keys = []
    configuration = []
    # What lies behind the squashfs and its header.
    list_initramfs = ("list() { tail -c +$(($(stat -c %s $1.squashfs) + "
                      f"{product.squashfs_offset() + 1})) $1 | zstd -dc | cpio -tv 2>/dev/null; }}; "
                      "list")

    def __init__(self, boot=SYSTEMD, name="kdump-crypt", reserved=128):
        super().__init__(name, "bench-kdump-crypt", reserved,
                         [*STARTED, *self.marks_before_keys, *UNLOCKED, *SAVED], boot)

    def base(self, directory):
        # This takes 1 GiB of memory and long, so do it once a run.
        template = BUILD / "vm" / "bench-template" / "luks.img"
        with _making_the_template:
            if not template.exists():
                disks.luks(template.parent / "luks.part").rename(template)
        return template

    def make(self, vm):
        vm.run(f"printf {QUICK_PASSPHRASE} >{KEY}")
        vm.run("".join(f"echo '{line}' >>/etc/kdump-crypt.conf; " for line in self.configuration)
               + "true")
        self._unlock(vm)
        for command in ["vgcreate -q lab-vg /dev/mapper/crash",
                        "lvcreate -q -y -n root -l 100%FREE lab-vg",
                        "mkfs.ext4 -q /dev/lab-vg/root"]:
            vm.run(command, timeout=180)
        vm.run("udevadm settle; vgchange -q -an lab-vg && cryptsetup close crash", timeout=120)

    def _unlock(self, vm):
        uuid = vm.run(f"cryptsetup luksUUID {story.DISK}").strip()
        # As after a boot, the key is in the keyring.
        vm.run(f'cryptsetup open --link-vk-to-keyring "@u::%logon:cryptsetup:{uuid}" '
               f"--key-slot 0 --key-file {KEY} {story.DISK} crash && udevadm settle", timeout=180)

    def open(self, vm):
        self._unlock(vm)
        vm.run(f"vgchange -q -ay lab-vg; udevadm settle; mount /dev/lab-vg/root {DUMPS}",
               timeout=60)

    def arm(self, vm):
        # The key file is for a machine without the key from the boot, and without that of the
        # previous crash kernel.
        return seconds(vm, f"kdump-crypt load --key-file {KEY}")[0]

    def forget(self, vm):
        # As after a change of the configuration or of a module. The squashfs with the programs stays.
        vm.run("rm /var/lib/kdump-crypt/initramfs-*.img")

    def initramfs(self):
        return "/var/lib/kdump-crypt/initramfs-*.img"

    def check(self, vm, crash, token):
        self.open(vm)
        dumps = json.loads(vm.run("kdump-crypt list --json"))
        if len(dumps) == 1 and dumps[0]["complete"]:
            directory = dumps[0]["directory"]
            crash.complete = has_word(vm, f"{directory}/vmcore", token)
            crash.bytes = int(vm.run(f"stat -c %s {directory}/vmcore"))
        self.remove_dumps(vm)


class KdumpCryptPlain(KdumpCrypt):
    """The same capture, to ext4 on a disk that is not encrypted."""

    def __init__(self, boot=SYSTEMD):
        super().__init__(boot, "kdump-crypt, not encrypted")
        self.marks = [*STARTED, *SAVED]

    def base(self, directory):
        return Contender.base(self, directory)

    def make(self, vm):
        vm.run(f"mkfs.ext4 -q {story.DISK}", timeout=180)

    def open(self, vm):
        vm.run(f"mount {story.DISK} {DUMPS}")

    def arm(self, vm):
        return seconds(vm, "kdump-crypt load")[0]


class NextMakedumpfile(KdumpCrypt):
    """The same with the makedumpfile of Debian's next release, which the machine has on a disk."""

    def __init__(self, boot=SYSTEMD):
        super().__init__(boot, "kdump-crypt, next makedumpfile")

    def more_disks(self, directory):
        image = directory / "makedumpfile.img"
        program = next_makedumpfile().read_bytes()
        image.write_bytes(program.ljust(-(-len(program) // MIB) * MIB, b"\0"))
        return [image]

    def make(self, vm):
        vm.run("dd if=/dev/vdc of=/usr/bin/makedumpfile bs=1M status=none")
        super().make(vm)


class UnsignedModules(KdumpCrypt):
    """The same with modules whose signatures the crash kernel does not check."""
    configuration = ["module_signatures no"]

    def __init__(self, boot=SYSTEMD):
        super().__init__(boot, "kdump-crypt, unsigned modules")


class Passphrase(KdumpCrypt):
    """The same capture, with the passphrase. A key is restored and opens the volume, because the
    capture works that way. Before that, the passphrase is tried on the volume, which is all the
    work of opening the volume with it."""
    marks_before_keys = [("Argon2", said("kdump_pre: the passphrase is right"))]
    configuration = [f"kdump_pre {HOOK}", "extra_bins /usr/sbin/cryptsetup /root/passphrase",
                     "extra_modules algif_skcipher"]

    def __init__(self, boot=SYSTEMD):
        super().__init__(boot, "passphrase", 1280)

    def make(self, vm):
        story.make_script(vm, HOOK, f"""
            #!/bin/sh
            /usr/sbin/cryptsetup open --test-passphrase --key-slot 1 --key-file /root/passphrase \\
                {story.DISK} && echo the passphrase is right
            """)
        vm.run(f"printf '{PASSPHRASE}' >/root/passphrase")
        super().make(vm)


class KdumpTools(Contender):
    """Debian's kdump-tools with their defaults, to a root filesystem on ext4 without encryption."""
    dumps = f"{DUMPS}/2*"

    def __init__(self, boot=SYSTEMD):
        super().__init__("kdump-tools", "bench-kdump-tools", 192, [
            ("crash kernel and systemd", r"running makedumpfile --dump-dmesg"),
            ("kernel log", r"saved dmesg content in"),
            # It prints the date when the dump is synced.
            # It does not notice if makedumpfile fails, because the output goes through a pipe.
            (VMCORE, r"makedumpfile Completed(?s:.*?)saved vmcore in [^\n]*\n"
                     r"(?s:.*?)\w{3}, \d\d \w{3} \d{4} "), *BOOT_BACK], boot)

    def make(self, vm):
        if self.boot is SHELL:
            # The machine's command line does not suit the crash kernel's systemd.
            vm.run(f"echo 'KDUMP_CMDLINE=\"root=/dev/vda ro console=ttyS0 init=/lab/init "
                   f"{CMDLINE}\"' >>/etc/default/kdump-tools")

    def arm(self, vm):
        self.disarm(vm)
        took, output = seconds(vm, "kdump-config load")
        if "loaded kdump kernel" not in output:
            raise LabError(f"kdump-tools did not load a crash kernel:\n{output}")
        return took

    def forget(self, vm):
        vm.run("rm /var/lib/kdump/initrd.img*")

    def initramfs(self):
        return "/var/lib/kdump/initrd.img-*"

    def check(self, vm, crash, token):
        dump, vmcore = f"{self.dumps}/dump.2*", "/var/tmp/vmcore"
        # The output of makedumpfile goes through a pipe, so it is kept.
        if vm.run(f"makedumpfile -R {vmcore} <{dump}", timeout=180, check=False)[0] == 0:
            crash.complete = has_word(vm, vmcore, token)
            crash.bytes = int(vm.run(f"stat -c %s {dump}"))
        vm.run(f"rm -f {vmcore}")
        self.remove_dumps(vm)


class Dracut(KdumpCrypt):
    """A dump to the same volume with the same restored key, from an initramfs of dracut and
    systemd, with the options that kdump-utils gives to dracut and to the crash kernel."""
    image = "/var/lib/kdump.img"
    list_initramfs = "lsinitrd"
    arm_script = "/root/arm"

    def __init__(self, boot=SYSTEMD):
        super().__init__(boot, "dracut", 256)
        self.tree = "bench-dracut"
        self.marks = [("crash kernel and systemd", "save-dump: saving the kernel log"),
                      ("kernel log", "save-dump: kernel log saved"),
                      (VMCORE, "save-dump: vmcore saved"), *BOOT_BACK]

    def make(self, vm):
        super().make(vm)
        story.make_script(vm, self.arm_script, f"""
            #!/bin/sh -e
            item=/sys/kernel/config/crash_dm_crypt_keys/lab
            mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config
            modprobe crash_dm_crypt
            keyctl link @u @s
            mkdir -p $item
            echo cryptsetup:$(cryptsetup luksUUID {story.DISK}) >$item/description
            [ -e {self.image} ] || dracut --quiet --hostonly --hostonly-cmdline --hostonly-i18n \
                --hostonly-mode strict --aggressive-strip --no-hostonly-default-device \
                --mount "/dev/mapper/lab--vg-root /kdump ext4 defaults" \
                --add save-dump --omit "plymouth resume" {self.image} $(uname -r)
            kexec -s -p /boot/vmlinuz-$(uname -r) --initrd={self.image} \
                --append="console=ttyS0 {CMDLINE.removeprefix('quiet ')} rootfstype=ramfs \
                rd.systemd.gpt_auto=no irqpoll nr_cpus=1 reset_devices cgroup_disable=memory \
                mce=off numa=off udev.children-max=2 panic=10 acpi_no_memhotplug hest_disable \
                novmcoredd transparent_hugepage=never cma=0 hugetlb_cma=0 pcie_ports=compat"
            """)

    def arm(self, vm):
        return seconds(vm, self.arm_script)[0]

    def forget(self, vm):
        vm.run(f"rm {self.image}")

    def initramfs(self):
        return self.image

    def check(self, vm, crash, token):
        self.open(vm)
        vmcore = f"{self.dumps}/vmcore"
        if has_word(vm, vmcore, token):
            crash.complete = True
            crash.bytes = int(vm.run(f"stat -c %s {vmcore}"))
        self.remove_dumps(vm)
