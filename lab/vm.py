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

from . import accel, disks
from .host import BUILD, LOGS, LabError, last_lines, run
from .sysroot import kernels, sysroot

_number = itertools.count(1)
MEMORY = "memory"   # the file in a saved machine's directory
# For `devices` of a Vm. Its clock counts the instructions, too.
COUNT_INSTRUCTIONS = ["-icount", "shift=1"]


class VmError(LabError):
    """The guest did not do what was expected. The text has the last lines of its console."""


class CommandError(VmError):
    """A command in the guest had a non-zero exit status."""

    def __init__(self, text, status, output):
        super().__init__(text)
        self.status = status
        self.output = output


class Qmp:
    """The few commands that the lab sends to QEMU's monitor."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = b""
        self.events = []
        self._receive(time.monotonic() + 30)            # the greeting
        self("qmp_capabilities")

    def __call__(self, command, timeout=60, **arguments):
        """Execute a command and return its answer. Keep events that come in between."""
        request = json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n"
        try:
            self.sock.sendall(request)
        except OSError:
            raise VmError(f"QEMU is gone; to be told: {command}") from None
        deadline = time.monotonic() + timeout
        while True:
            message = self._receive(deadline)
            if "return" in message:
                return message["return"]
            if "error" in message:
                raise VmError(f"QMP {command}: {message['error']['desc']}")

    def event(self, name):
        """Return True if an event (RESET, SHUTDOWN, …) has come since the last call for it."""
        try:
            while b"\n" in self.buffer or select.select([self.sock], [], [], 0)[0]:
                self._receive(time.monotonic() + 5)
        except VmError:
            pass    # QEMU has ended, and may have logged the reason
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
                raise VmError("QEMU is gone")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        message = json.loads(line)
        if "event" in message:
            self.events.append(message)
        return message


# How the data disks are attached: the controllers first, then each disk, by its number.
BUSES = {
    "virtio-blk": ([], "virtio-blk-pci"),
    "virtio-scsi": (["virtio-scsi-pci,id=bus"], "scsi-hd,bus=bus.0"),
    "nvme": ([], "nvme,serial=lab{n}"),
    "ahci": (["ich9-ahci,id=bus"], "ide-hd,bus=bus.{n}"),
    "usb": (["qemu-xhci,id=bus"], "usb-storage,bus=bus.0"),
}


def _direct_boot(flavour, cmdline):
    """Return QEMU's options for a kernel that QEMU loads instead of the firmware."""
    tree = sysroot()
    version = kernels(tree)[flavour]
    return ["-kernel", tree / "boot" / f"vmlinuz-{version}",
            "-initrd", tree / "boot" / f"initrd.img-{version}",
            # The tests of the kernel's ciphers take a sixth of the boot.
            "-append", "root=/dev/vda rw console=ttyS0 init=/lab/init rdinit=/lab-init "
                       f"cryptomgr.notests {cmdline}"]


def qemu_command(flavour, root, data_disks, cmdline, bus="virtio-blk", memory=2048,
                 cpus=1):
    """Return QEMU's command line for a guest, without the options of its console. If `flavour` is
    None, the firmware boots from the root disk."""
    argv = [*accel.qemu_base(accel.accelerator()), "-m", memory, "-smp", cpus,
            *(_direct_boot(flavour, cmdline) if flavour else []),
            "-device", "virtio-rng-pci"]
    controllers, device = BUSES[bus]
    devices = ["virtio-blk-pci", *(device.format(n=n) for n in range(len(data_disks)))]
    for controller in controllers:
        argv += ["-device", controller]
    for n, disk in enumerate([root, *data_disks]):
        form = "qcow2" if Path(disk).suffix == ".qcow2" else "raw"
        # A crash of the guest loses nothing that QEMU has; a crash of the host may.
        # QMP uses these names to unplug a disk, or to insert a node that fails.
        argv += ["-drive", f"file={disk},format={form},if=none,id=disk{n},node-name=node{n},"
                           "cache=unsafe,discard=unmap",
                 "-device", f"{devices[n]},drive=disk{n},id=device{n}"]
    return [str(a) for a in argv]


class Vm:
    """A running guest. It ends with the `with` block, or with this process at the latest.

    Its root disk is the lab's. If `flavour` is None, it is `system`, an image that boots by itself.
    Both are used under an overlay. With `saved`, the guest continues from the state that save_as()
    of another guest has left in that directory, and must be made with the same arguments. A data
    disk that is None is then a copy of the one there. The saved machine must not have used a disk
    that another one replaces."""

    def __init__(self, flavour="generic", disks=(), cmdline_extra="", name=None, stream=None,
                 bus="virtio-blk", devices=(), fds=(), memory=2048, cpus=1, system=None,
                 saved=None):
        self.name = name or f"{flavour}-{os.getpid()}-{next(_number)}"
        self.console_log = LOGS / f"console-{self.name}.log"
        self.qemu_log = LOGS / f"qemu-{self.name}.log"
        self.disks = list(disks)    # the paths of its data disks' images
        self._dir = BUILD / "vm" / self.name
        self._flavour, self._cmdline = flavour, cmdline_extra
        self._stream = stream
        self._bus, self._system = bus, system
        self._saved = saved
        self.memory = memory        # MiB
        self._cpus = cpus
        self._devices = [str(word) for word in devices]     # QEMU's, as on its command line
        self._fds = list(fds)   # that the devices use
        # The debug kernel is slow.
        self._patience = 10 if flavour == "debug" else 1
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

        # The lab and QEMU each have one end of a socket pair. So there is nothing to wait for,
        # and no path that could be too long. QEMU writes the console's characters one by one. A
        # socket holds 278 of them. Then the guest waits, and the serial port drops some.
        console, qemu_console = os.pipe()
        qemu_keyboard, keyboard = os.pipe()
        fcntl.fcntl(console, fcntl.F_SETPIPE_SZ, 1 << 20)
        monitor, qemu_monitor = socket.socketpair()
        argv = [*qemu_command(self._flavour, root, self.disks, self._cmdline, self._bus,
                              self.memory, self._cpus),
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

    # The console

    def expect(self, pattern, timeout=60, what=None):
        """Wait until the console shows a regular expression (or one of a list; the first line end
        is \\r\\n). Return the match."""
        timeout *= self._patience
        try:
            self.console.expect(pattern, timeout=timeout)
        except pexpect.TIMEOUT:
            raise self._error(f"not on the guest's console within {timeout:.1f} s: "
                              f"{what or pattern}") from None
        except (pexpect.EOF, OSError):
            raise self._error(f"QEMU ended while waiting for: {what or pattern}") from None
        return self.console.match

    def send_line(self, text):
        """Type a line."""
        self._send(text + "\n")

    def type_slowly(self, text):
        """Answer a prompt as slowly as a person. cryptsetup, for example, discards what was typed
        before it turns off the echo, which it does after it prints the prompt."""
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
        """Start the shell that run() needs, from the prompt of root's login shell."""
        # Kernel messages would fall in the middle of a command's output.
        self.send_line("dmesg -n 1; exec bash --noprofile --noediting --rcfile /lab/bashrc.lab")
        self.wait_shell()

    def run(self, command, timeout=60, check=True, dialog=()):
        """Run a command in the guest's shell and return its output.

        If the exit status is not 0, raise CommandError. With check=False, return a pair of exit
        status and output instead. The standard input is /dev/null. With `dialog`, pairs of a prompt
        (a regular expression) and the line to type at it, it is the console. The timeout is for
        each of these steps."""
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
        """Type Ctrl-C, to end a command that may still run."""
        try:
            self._send("\x03")
        except VmError:
            pass

    # The machine

    def save_as(self, directory):
        """Save the machine as it is now, memory and disks, in a new directory: see `saved`. This
        guest ends."""
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
        """Continue as that saved machine, with the data disks of this one, which the saved machine
        must not have used. It is like a reset, without the time that a boot takes."""
        self.qmp("quit")
        self._qemu.wait(60)
        self._end()
        self._saved = saved
        self._launch()

    def _copy_saved(self, name):
        """Make a copy of a disk of the saved machine, for this guest alone."""
        [disk] = self._saved.glob(f"{name}.*")
        copy = self._dir / disk.name
        run(["cp", "--sparse=always", "--reflink=auto", disk, copy], "cp", 120)
        return copy

    def _go_on(self):
        self._migrate("migrate-incoming", self._saved / MEMORY)
        self.qmp("cont")
        # Its clock has stood still since then.
        self.run("date -s @$(cat /sys/class/rtc/rtc0/since_epoch)")

    def _migrate(self, command, path):
        """Write memory and the state of all devices to a file, or read them. Each page has a fixed
        place in the file."""
        self.qmp("migrate-set-capabilities",
                 capabilities=[{"capability": "mapped-ram", "state": True}])
        self.qmp(command, uri=f"file:{path}")
        deadline = time.monotonic() + 120
        while (found := self.qmp("query-migrate")).get("status") != "completed":
            if found.get("status") == "failed" or time.monotonic() > deadline:
                raise VmError(f"{command}: {found}")
            time.sleep(0.05)

    def save(self):
        """Save the machine as it is now, memory and disks, for restore(). All of its disks must be
        qcow2."""
        self._monitor("savevm lab")

    def restore(self):
        """Go back to the saved state, whatever has happened since. The console shows nothing of
        it."""
        self._monitor("loadvm lab")
        self.run("true")    # reads over what was on the console

    def _monitor(self, command):
        """Run a command of QEMU's monitor for people. QMP only has it as a job that must be
        watched."""
        said = self.qmp("human-monitor-command", 120, **{"command-line": command})
        if said:
            raise self._error(f"QEMU, {command}: {said.strip()}")

    def wait_reset(self, timeout):
        """Wait until the guest has rebooted. It is in its firmware then."""
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
            # Read the console meanwhile: the guest stops if nobody reads its output. The
            # output stays in the buffer for the next expect().
            try:
                self.console.expect(pexpect.TIMEOUT, timeout=0.2)
            except (pexpect.EOF, OSError):
                if self.qmp.event(name):
                    return
                raise self._error(f"QEMU ended while waiting for {name}") from None

    def reset(self):
        """Press the reset button."""
        self.qmp("system_reset")
