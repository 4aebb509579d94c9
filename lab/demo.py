# SPDX-License-Identifier: GPL-2.0-or-later
"""make demo: the whole story on a real kernel, in stages."""
import argparse
import os
import shutil
import sys
from contextlib import contextmanager

from . import accel, disks, foreign, product, story
from .host import BUILD, LabError, Stopwatch
from .sysroot import kernels, sysroot
from .vm import Vm

stages = []     # (title, seconds as text), for the table at the end


@contextmanager
def stage(title):
    """Print what a stage does, and how long it takes."""
    print(f"\n[{len(stages) + 1}] {title}", flush=True)
    watch = Stopwatch()
    yield
    stages.append((title, str(watch)))
    print(f"    done in {watch}", flush=True)


def say(text):
    for line in text.splitlines():
        print(f"    {line}", flush=True)


def typed(vm, command, **how):
    """Run a command in the guest. Print it and its output."""
    say(f"guest# {command}")
    output = vm.run(command, **how)
    say(output)
    return output


def prepare(flavour):
    """Return the version of the guest's kernel, its accelerator, and its root disk."""
    with stage("Make the Debian 13 tree: kernels, compiler, tools and QEMU"):
        tree = sysroot()
        version = kernels(tree)[flavour]
        say(f"{tree}")
        accelerator = accel.accelerator()
    with stage("Build the kernel module and the tools in it"):
        product.build()
    return version, accelerator, disks.root_image


def prepare_foreign(arch):
    """Do the same for another architecture."""
    with stage(f"Make the Debian 13 trees for {arch.name}: one to run, two that build, and QEMU"):
        say(f"{foreign.guest_tree(arch)}")
        say(f"{foreign.cross_tree(arch)}")
        say(f"{foreign.packages_tree(arch)}")
        foreign.qemu(arch)
        version = foreign.kernel_version(arch)
    with stage(f"Cross-build the kernel module and the packages for {arch.name}"):
        dest = foreign.packaged(arch)
        say(f"{BUILD}/deb-{arch.name}")
    return version, accel.TCG, lambda: foreign.root_image(arch, dest)


def demo(flavour):
    arch = foreign.ARCHITECTURES.get(flavour)
    version, accelerator, make_root = prepare_foreign(arch) if arch else prepare(flavour)
    with stage("Make the disks: the guest's root, and a default LUKS2 volume"):
        root = make_root()
        volume = disks.luks(BUILD / "vm" / "demo-disk" / "crash.img", slots=[disks.PASSPHRASE])
    vm = Vm(flavour, disks=[volume], cmdline_extra="crashkernel=128M",
            cpus=arch.cpus if arch else 2, system=root, name=f"demo-{flavour}",
            stream=sys.stdout if os.environ.get("V") else None)
    with vm:
        with stage(f"Boot Debian's stock kernel {version} with crashkernel=128M"):
            say("with KVM" if accelerator == accel.KVM else "under emulation, without KVM")
            say(f"log of the guest's console: {vm.console_log}")
            vm.wait_shell()
            say(vm.run("uname -srv"))
        first_boot(vm)
        with stage("Crash"):
            token = story.log_token(vm)
            say(f"logged a random word, which the dump must contain: {token}")
            say("guest# echo c >/proc/sysrq-trigger")
            capture = story.crash(vm, show=lambda when, text: say(f"{when:6.1f} s  {text}"))
            say(f"{capture.rebooted:6.1f} s  the guest boots again")
        second_boot(vm, token, arch)
    shutil.rmtree(volume.parent)
    return capture


def first_boot(vm):
    with stage("Unlock the volume, once, with its passphrase"):
        say(vm.run(f"cryptsetup luksDump {story.DISK} | grep -E 'Cipher:|PBKDF|Memory|Threads'"))
        story.unlock(vm)
        story.make_filesystem(vm)
        story.mount(vm)
        say(vm.run(f"findmnt -n -o SOURCE,TARGET,FSTYPE {story.MOUNT}"))
        say("in root's user keyring: " + vm.run("keyctl list @u | grep cryptsetup:").strip())
    with stage("Arm the machine: no passphrase, as the volume key is in the keyring"):
        typed(vm, "kdump-crypt load")
        typed(vm, "kdump-crypt status")


def second_boot(vm, token, arch):
    with stage("Second boot: open the volume with its passphrase and read the dump"):
        story.unlock(vm, link=False)
        story.mount(vm)
        [dump] = story.dumps(vm)
        say(vm.run(f"ls -lh {dump}"))
        if arch:
            # Debian 13's makedumpfile refuses some of these kernels: docs/architectures.md.
            command = f"grep -o -e 'lab-token-[0-9a-f]*' -e 'Kernel panic.*' {dump}/vmcore-dmesg.txt"
            say(f"guest# {command}")
            log = vm.run(command).splitlines()
        else:
            say(f"guest# makedumpfile --dump-dmesg {dump}/vmcore /tmp/dmesg")
            log = story.dmesg_in(vm, dump).splitlines()
        for wanted in [token, "Kernel panic - not syncing: sysrq triggered crash"]:
            lines = [line for line in log if wanted in line]
            if not lines:
                raise LabError(f"the kernel log in the dump does not contain: {wanted}")
            say(lines[0])


def main():
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--flavour", choices=["generic", "cloud"], default="generic")
    parser.add_argument("--arch", choices=["amd64", *foreign.ARCHITECTURES], default="amd64")
    arguments = parser.parse_args()
    flavour = arguments.flavour if arguments.arch == "amd64" else arguments.arch
    watch = Stopwatch()
    try:
        capture = demo(flavour)
    except LabError as err:
        sys.exit(f"\nThe demo stopped after {watch}: {err}")
    print("\nWhat took how long:")
    for number, (title, seconds) in enumerate(stages, 1):
        print(f"  {number}. {title:<76} {seconds:>8}")
    print(f"     {'all of it':<76} {str(watch):>8}")
    print(f"From the panic to the vmcore on the encrypted disk: "
          f"{capture.time_of('^vmcore: saved'):.1f} s; to the reboot: {capture.rebooted:.1f} s.")


if __name__ == "__main__":
    main()
