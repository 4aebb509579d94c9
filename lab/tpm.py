# SPDX-License-Identifier: GPL-2.0-or-later
"""A TPM 2.0 in software, for a guest.

    with Tpm(directory) as tpm, Vm(..., devices=tpm.devices, fds=[tpm.fd]) as vm:
"""
import socket
import subprocess

from .host import LOGS
from .sysroot import swtpm


class Tpm:
    """A TPM that keeps its contents when the guest reboots. It is for one guest, and ends with the
    `with` block, or with this process at the latest."""

    def __init__(self, directory, name="tpm"):
        self._directory = directory     # an empty one
        self._log = LOGS / f"{name}.log"
        self._swtpm = self._qemu_end = None

    def __enter__(self):
        own_end, self._qemu_end = socket.socketpair()
        argv = ["setpriv", "--pdeathsig", "KILL", *swtpm(), "socket", "--tpm2",
                "--tpmstate", f"dir={self._directory}",
                "--ctrl", f"type=unixio,clientfd={own_end.fileno()}"]
        with open(self._log, "w", encoding="utf-8") as log:
            self._swtpm = subprocess.Popen([str(word) for word in argv],
                                           stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           pass_fds=[own_end.fileno()])
        own_end.close()
        return self

    def __exit__(self, *_exc):
        self._qemu_end.close()
        self._swtpm.kill()
        self._swtpm.wait()

    @property
    def fd(self):
        """Return QEMU's end of the connection."""
        return self._qemu_end.fileno()

    @property
    def devices(self):
        return ["-chardev", f"socket,id=tpm,fd={self.fd}",
                "-tpmdev", "emulator,id=tpm,chardev=tpm", "-device", "tpm-tis,tpmdev=tpm"]
