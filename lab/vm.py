# SPDX-License-Identifier: GPL-2.0-or-later
"""A QEMU guest: its console, its shell, its QMP monitor.

    with Vm("cloud", disks=[image], cmdline_extra="crashkernel=128M") as vm:
        vm.wait_shell()
        print(vm.run("uname -r"))

A guest can be saved in a directory, memory and disks, and others start from there: see
lab/saved.py."""
import fcntl
import itertools
import json
import os
import select
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pexpect
from pexpect import fdpexpect

from . import accel, disks, foreign
from .host import BUILD, LOGS, LabError, last_lines, run
from .sysroot import kernels, sysroot

_number = itertools.count(1)
MEMORY = "memory"   # the name of a file in a saved machine's directory
# A value for a Vm's `devices`. The guest's clock counts its instructions.
COUNT_INSTRUCTIONS = ["-icount", "shift=1"]


class VmError(LabError):
    """The guest did not do what was expected. The text has the last lines of the console."""


class CommandError(VmError):
    """A command in the guest had a non-zero exit status."""

    def __init__(self, text, status, output):
        super().__init__(text)
        self.status = status
        self.output = output


class Qmp:
    """A connection to QEMU's monitor."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.events = []
        self._receive(time.monotonic() + 30)            # the greeting
        self("qmp_capabilities")

    def __call__(self, command, timeout=60, **arguments):
        """Execute a command and return its answer. Events that arrive before it are kept."""
        request = json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n"
        try:
            self.sock.sendall(request)
        except OSError:
            raise VmError(f"QEMU ended before the command {command}") from None
        deadline = time.monotonic() + timeout
        while True:
            message = self._receive(deadline)
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise VmError(f"QMP {command}: {message['error']['desc']}")

    def event(self, name):
        """Return true if an event (RESET, SHUTDOWN, …) has arrived since the last call."""
        try:
            while b"\n" in self.buffer or select.select([self.sock], [], [], 0)[0]:
                self._receive(time.monotonic() + 5)
        except VmError:
            pass    # QEMU has ended, and may have sent an event before
        found = any(event["event"] == name for event in self.events)
        self.events.clear()
        return found

    def _receive(self, deadline):
        while b"\n" not in self.buffer:
            self.sock.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                data = self.sock.recv(65536)
            except TimeoutError:
                raise VmError("QEMU's monitor did not answer in time") from None
            except OSError:
                data = b""
            if not data:
                raise VmError("QEMU ended")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        message = json.loads(line)
        if "event" in message:
            self.events.append(message)
        return message


def skip_waits():
    """Return a value for a Vm's `devices`. When the guest has nothing to do, its clock goes on to
    the next timer, so that waiting takes no time. KVM cannot do that."""
    return ["-icount", "shift=1,sleep=off"] if accel.accelerator() == accel.TCG else []


# How data disks are attached: the controllers, and the device of the disk with the number n.
BUSES = {
    "virtio-blk": ([], "virtio-blk-pci"),
    "virtio-scsi": (["virtio-scsi-pci,id=bus"], "scsi-hd,bus=bus.0"),
    "nvme": ([], "nvme,serial=lab{n}"),
    "ahci": (["ich9-ahci,id=bus"], "ide-hd,bus=bus.{n}"),
    "usb": (["qemu-xhci,id=bus"], "usb-storage,bus=bus.0"),
    # OTHER_PATH is another way to the first disk, on an adapter of its own.
    "multipath": (["virtio-scsi-pci,id=bus", "virtio-scsi-pci,id=other"],
                  "scsi-hd,bus=bus.0,share-rw=on,wwn=0x500000000000000{n}"),
    # One card, whose size is a power of two.
    "sd": (["sdhci-pci"], "sd-card"),
}


# A value for a Vm's `devices`, with the bus "multipath".
OTHER_PATH = ["-device", "scsi-hd,bus=other.0,share-rw=on,wwn=0x5000000000000000,drive=node1"]


def _direct_boot(flavour, cmdline, kernel):
    """QEMU's arguments for a kernel that QEMU loads itself."""
    if flavour in foreign.ARCHITECTURES:
        return foreign.direct_boot(foreign.ARCHITECTURES[flavour], cmdline, kernel)
    tree = sysroot()
    version = kernels(tree)[flavour]
    return ["-kernel", tree / "boot" / f"vmlinuz-{version}",
            "-initrd", tree / "boot" / f"initrd.img-{version}",
            # The self-tests of the kernel's ciphers take a sixth of the boot.
            "-append", "root=/dev/vda rw console=ttyS0 init=/lab/init rdinit=/lab-init "
                       f"cryptomgr.notests {cmdline}"]


LARGE = 16384       # MiB


def _memory(size):
    """QEMU's arguments for memory of this size, in MiB. A large guest may have more than the host,
    as long as it does not touch all of it."""
    backend = ["-object", f"memory-backend-ram,id=ram,size={size}M,reserve=off",
               "-machine", "memory-backend=ram"]
    return ["-m", size, *(backend if size > LARGE else [])]


def qemu_command(flavour, root, data_disks, cmdline, bus="virtio-blk", memory=2048,
                 cpus=1, kernel=None):
    """Return QEMU's command line for a guest, without its console. Without a flavour, the firmware
    boots from the root disk."""
    arch = foreign.ARCHITECTURES.get(flavour)
    argv = [*(foreign.qemu(arch) if arch else accel.qemu_base(accel.accelerator())),
            *_memory(memory), "-smp", cpus,
            *(_direct_boot(flavour, cmdline, kernel) if flavour else []),
            "-device", "virtio-rng-pci"]
    controllers, device = BUSES[bus]
    devices = ["virtio-blk-pci", *(device.format(n=n) for n in range(len(data_disks)))]
    for controller in controllers:
        argv += ["-device", controller]
    for n, disk in enumerate([root, *data_disks]):
        form = "qcow2" if Path(disk).suffix == ".qcow2" else "raw"
        # A crash of the guest loses no data that QEMU has; a crash of the host may. Tests use
        # these names in QMP commands that remove a disk or make it fail.
        argv += ["-drive", f"file={disk},format={form},if=none,id=disk{n},node-name=node{n},"
                           "cache=unsafe,discard=unmap",
                 "-device", f"{devices[n]},drive=disk{n},id=device{n}"]
    return [str(a) for a in argv]


class Vm:
    """A running guest. It ends with the `with` block, or with this process at the latest.

    The root disk is an overlay of the lab's image, or of `system`. If the flavour is None, that
    image must boot by itself. `kernel` is an image that needs no initramfs, in place of Debian's
    kernel for another architecture. `memory` is in MiB. `devices` are further arguments of QEMU,
    and `fds` are file descriptors that they name.

    With `saved`, a directory that save_as() made, the guest goes on from that state. All other
    arguments must be those of the saved guest. A data disk that is None is a copy of the saved one.
    Another data disk must have the same size, and the saved guest must not have had it in use."""

    def __init__(self, flavour="generic", disks=(), cmdline_extra="", name=None, stream=None,
                 bus="virtio-blk", devices=(), fds=(), memory=2048, cpus=1, system=None,
                 kernel=None, saved=None):
        self.name = name or f"{flavour}-{os.getpid()}-{next(_number)}"
        self.console_log = LOGS / f"console-{self.name}.log"
        self.qemu_log = LOGS / f"qemu-{self.name}.log"
        self.disks = list(disks)    # the paths of its data disks' images
        self._dir = BUILD / "vm" / self.name
        self._flavour, self._cmdline = flavour, cmdline_extra
        self._stream = stream
        self._bus, self._system, self._kernel = bus, system, kernel
        self._saved = saved
        self.memory = memory
        arch = foreign.ARCHITECTURES.get(flavour)
        self.memory_start = arch.memory_start if arch else 0
        self._cpus = cpus
        self._devices = [str(word) for word in devices]
        self._fds = list(fds)
        # A kernel with checkers is slow, and so is a machine that is always emulated.
        self._patience = 10 if flavour in ["debug", "kcsan"] else 3 if arch else 1
        self._runs = itertools.count(1)
        self._qemu = None

    def __enter__(self):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.console_log.unlink(missing_ok=True)
        shutil.rmtree(self._dir, ignore_errors=True)
        self._dir.mkdir(parents=True)
        if self._saved:
            self.disks = [disk or self._copy_saved(f"disk{n}")
                          for n, disk in enumerate(self.disks)]
        self._launch()
        return self

    def _launch(self):
        root = (self._copy_saved("root") if self._saved else
                disks.overlay(self._system or disks.root_image(), self._dir / "root.qcow2"))

        # Pipes need no path, which could be too long for a socket, and nobody has to wait for a
        # connection. QEMU writes the console's characters one by one. A socket's buffer is full
        # after 278 of them, then the guest waits, and the serial port drops characters.
        console, qemu_console = os.pipe()
        qemu_keyboard, keyboard = os.pipe()
        fcntl.fcntl(console, fcntl.F_SETPIPE_SZ, 1 << 20)
        monitor, qemu_monitor = socket.socketpair()
        argv = [*qemu_command(self._flavour, root, self.disks, self._cmdline, self._bus,
                              self.memory, self._cpus, self._kernel),
                *self._devices,
                "-add-fd", f"fd={qemu_console},set=1", "-add-fd", f"fd={qemu_keyboard},set=2",
                "-chardev", "file,id=console,path=/dev/fdset/1,append=on,input-path=/dev/fdset/2,"
                            f"logfile={self.console_log},logappend=on",
                "-serial", "chardev:console",
                "-chardev", f"socket,id=qmp,fd={qemu_monitor.fileno()}",
                "-mon", "chardev=qmp,mode=control",
                *(["-incoming", "defer"] if self._saved else [])]
        with open(self.qemu_log, "w", encoding="utf-8") as log:
            self._qemu = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          pass_fds=[qemu_console, qemu_keyboard,
                                                    qemu_monitor.fileno(), *self._fds])
        os.close(qemu_console)
        os.close(qemu_keyboard)
        qemu_monitor.close()
        self._keyboard = keyboard
        self.console = fdpexpect.fdspawn(console, encoding="utf-8", codec_errors="replace",
                                         timeout=60)
        self.console.logfile_read = self._stream
        try:
            self.qmp = Qmp(monitor)
            if self._saved:
                self._go_on()
        except VmError as err:
            self._end()
            raise self._error(f"QEMU did not start: {err}") from None

    def __exit__(self, *_exc):
        self._end()
        shutil.rmtree(self._dir, ignore_errors=True)

    def _end(self):
        self._qemu.kill()
        self._qemu.wait()
        self.console.close()
        os.close(self._keyboard)

    def _error(self, text):
        said = self.qemu_log.read_text(errors="replace").strip()
        said = f"\nQEMU said: {said}" if said else ""
        return VmError(f"{text}{said}\n{last_lines(self.console_log)}")

    # Console

    def expect(self, pattern, timeout=60, what=None):
        """Wait until the console shows a match of a regular expression, or of one in a list.
        Return the match. Lines end with \\r\\n."""
        timeout *= self._patience
        try:
            self.console.expect(pattern, timeout=timeout)
        except pexpect.TIMEOUT:
            raise self._error(f"not on the guest's console within {timeout:.1f} s: "
                              f"{what or pattern}") from None
        except (pexpect.EOF, OSError):
            raise self._error(f"QEMU ended while waiting for: {what or pattern}") from None
        return self.console.match

    def matches_until_reset(self, pattern, timeout, what):
        """Yield each match on the console until the guest is reset. The timeout is for each."""
        reset, deadline = False, 0
        while True:
            # The guest printed everything that precedes the reset before it.
            reset = reset or self.qmp.event("RESET")
            deadline = deadline or time.monotonic() + timeout * self._patience
            try:
                found = self.console.expect([pattern, pexpect.TIMEOUT], timeout=0.2) == 0
            except (pexpect.EOF, OSError):
                raise self._error(f"QEMU ended while waiting for: {what}, or a reset") from None
            if found:
                deadline = 0
                yield self.console.match
            elif reset:
                return
            elif time.monotonic() > deadline:
                raise self._error(f"not on the guest's console within {timeout:.1f} s: {what}")

    def send_line(self, text):
        """Type a line."""
        self._send(text + "\n")

    def type_slowly(self, text):
        """Answer a prompt no faster than a person. cryptsetup, for example, prints its prompt,
        turns the echo off, and discards input that came earlier."""
        time.sleep(1)
        self.send_line(text)

    def _send(self, text):
        try:
            os.write(self._keyboard, text.encode())
        except OSError:
            raise self._error(f"QEMU ended before this could be typed: {text.strip()}") from None

    def wait_shell(self, timeout=120):
        """Wait until the guest has booted."""
        self.expect(r"@@shell ready\r\n", timeout, what="the shell")

    def replace_login_shell(self):
        """Replace root's login shell, at its prompt, with the shell that run() needs."""
        # Kernel messages would be printed in the middle of a command's output.
        self.send_line("dmesg -n 1; exec bash --noprofile --noediting --rcfile /lab/bashrc.lab")
        self.wait_shell()

    def run(self, command, timeout=60, check=True, dialog=()):
        """Run a command in the guest's shell and return its output.

        Return its output. A status other than 0 raises CommandError. With check=False, return a
        pair of exit status and output instead. `dialog` is a list of pairs: a prompt (a regular
        expression) and the line to type at it. Standard input is then the console, and otherwise
        /dev/null. The timeout is for each step."""
        number = next(self._runs)
        stdin = "/dev/tty" if dialog else "/dev/null"
        quoted = command.replace("'", "'\\''")
        self.send_line(f"lab_run {number} '{quoted}' {stdin}")
        self.expect(rf"@@{number} begin: [^\n]*\n", timeout, what=f"start of: {command}")
        output = ""
        end = rf"(?:^|\r\n)@@{number} end (\d+)\r\n"
        for prompt, answer in [*dialog, (None, None)]:
            wanted = [end, r"@@shell ready\r\n"] + ([prompt] if prompt else [])
            try:
                self.expect(wanted, timeout,
                            what=f"{'prompt ' + repr(prompt) if prompt else 'end'} of: {command}")
            except VmError:
                self.interrupt()
                raise
            output += self.console.before
            if self.console.match_index == 1:
                raise self._error(f"the guest started again during: {command}")
            if self.console.match_index == 0:
                break
            output += self.console.after
            self.type_slowly(answer)
        output = output.replace("\r\n", "\n").removesuffix("\n")
        status = int(self.console.match[1])
        if not check:
            return status, output
        if status != 0:
            raise CommandError(f"exit status {status} of: {command}\n{output}\n"
                               f"(console: {self.console_log})", status, output)
        return output

    def interrupt(self):
        """Type Ctrl-C, if QEMU still runs."""
        try:
            self._send("\x03")
        except VmError:
            pass

    # Machine

    def save_as(self, directory):
        """Save memory and disks in a new directory, for the `saved` of other guests. This guest
        ends."""
        self.run("sync")
        self.qmp("stop")
        directory.mkdir()
        self._migrate("migrate", directory / MEMORY)
        self.qmp("quit")
        self._qemu.wait(60)
        for name, disk in [("root", self._dir / "root.qcow2"),
                           *((f"disk{n}", disk) for n, disk in enumerate(self.disks))]:
            shutil.move(disk, directory / f"{name}{disk.suffix}")

    def resume(self, saved):
        """Replace memory and root disk by those of the saved guest. The data disks stay, so the
        saved guest must not have had one in use. This is a reset and a boot that take no time."""
        self.qmp("quit")
        self._qemu.wait(60)
        self._end()
        self._saved = saved
        self._launch()

    def _copy_saved(self, name):
        """Copy a disk of the saved guest."""
        [disk] = self._saved.glob(f"{name}.*")
        copy = self._dir / disk.name
        run(["cp", "--sparse=always", "--reflink=auto", disk, copy], "cp", 120)
        return copy

    def _go_on(self):
        self._migrate("migrate-incoming", self._saved / MEMORY)
        self.qmp("cont")
        # The clock has the time of the saving.
        self.run("date -s @$(cat /sys/class/rtc/rtc0/since_epoch)")

    def _migrate(self, command, path):
        """Write memory and the state of all devices to a file, or read them from it."""
        # Each page has its place in the file, and pages of zeros are holes.
        self.qmp("migrate-set-capabilities",
                 capabilities=[{"capability": "mapped-ram", "state": True}])
        self.qmp(command, uri=f"file:{path}")
        deadline = time.monotonic() + 120
        while (found := self.qmp("query-migrate")).get("status") != "completed":
            if found.get("status") == "failed" or time.monotonic() > deadline:
                raise VmError(f"{command}: {found}")
            time.sleep(0.05)

    def save(self):
        """Save memory and disks in the disk images, for restore(). All images must be qcow2."""
        self._monitor("savevm lab")

    def restore(self):
        """Return to the state that save() saved."""
        self._monitor("loadvm lab")
        self.run("true")    # skips the earlier output on the console

    def _monitor(self, command):
        """Run a command of QEMU's human monitor. In QMP these commands are jobs, which the caller
        would have to poll."""
        said = self.qmp("human-monitor-command", 120, **{"command-line": command})
        if said:
            raise self._error(f"QEMU, {command}: {said.strip()}")

    def wait_reset(self, timeout):
        """Wait until the guest has been reset. It is in its firmware then."""
        self._wait_event("RESET", timeout)

    def instructions(self):
        """Return the number of instructions that the guest has executed. It must have been made
        with COUNT_INSTRUCTIONS."""
        return self.qmp("query-replay")["icount"]

    def wait_shutdown(self, timeout):
        """Wait until the guest has powered off."""
        self._wait_event("SHUTDOWN", timeout)

    def _wait_event(self, name, timeout):
        deadline = time.monotonic() + timeout * self._patience
        while not self.qmp.event(name):
            if time.monotonic() > deadline:
                raise self._error(f"no {name} of the guest within {timeout} s")
            # The guest stops when nobody reads its console. expect() keeps what this reads.
            try:
                self.console.expect(pexpect.TIMEOUT, timeout=0.2)
            except (pexpect.EOF, OSError):
                if self.qmp.event(name):
                    return
                raise self._error(f"QEMU ended while waiting for {name}") from None

    def reset(self):
        """Press the reset button."""
        self.qmp("system_reset")
