# SPDX-License-Identifier: GPL-2.0-or-later
"""A firmware with Secure Boot, for a guest, and modules that are signed as DKMS signs them.

    make_key(directory, "mine")
    with Vm("cloud", devices=firmware(directory, "cloud", "mine")) as vm:
"""
import lzma

from .sysroot import enter, kernels, sysroot

OVMF = "usr/share/OVMF"
OWNER = "c0ffee00-1ab0-4000-8000-000000000000"     # the GUID of the owner of the keys


def _enter(tree, directory, command, *binds):
    return enter(sysroot(tree), command, "secure-boot", 120,
                 [("--bind", directory, "/work"), *binds])


def make_key(directory, name):
    """Make a key and its certificate: <name>.key and <name>.pem in the directory."""
    _enter("secure-boot", directory,
           ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "36500",
            "-subj", f"/CN={name}", "-keyout", f"/work/{name}.key", "-out", f"/work/{name}.pem"])


def sign(directory, module, version, name):
    """Return the module's file, signed with that key and compressed."""
    signed = directory / f"{name}.ko"
    sign_file = f"/lib/modules/{version}/build/scripts/sign-file"
    signed.write_bytes(module.read_bytes())
    _enter(None, directory, [sign_file, "sha256", f"/work/{name}.key", f"/work/{name}.pem",
                             f"/work/{signed.name}"])
    return lzma.compress(signed.read_bytes(), check=lzma.CHECK_CRC32)


def firmware(directory, flavour, name):
    """Return QEMU's devices for a firmware that boots what Debian signed, as that kernel is, and
    that tells the kernel about our key, too. Its variables are a file in the directory."""
    version = kernels(sysroot())[flavour]
    script = """
        mkdir /work/debian; cd /work/debian
        pe-listsigs -x /mnt/vmlinuz-$4
        cd ..
        virt-fw-vars -i /$1/OVMF_VARS_4M.fd -o variables.fd --sb --set-pk $2 $3.pem \\
            --add-kek $2 $3.pem --add-db $2 $3.pem --add-db $2 debian/*.pem
        """
    _enter("secure-boot", directory,
           ["sh", "-exc", script, "sh", OVMF, OWNER, name, version],
           ("--ro-bind", sysroot() / "boot", "/mnt"))
    code = sysroot("secure-boot") / OVMF / "OVMF_CODE_4M.secboot.fd"
    return ["-machine", "smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on",
            # If its own verification of a kernel failed, it would start the kernel without it.
            "-fw_cfg", "name=opt/org.tianocore/EnableLegacyLoader,string=no",
            "-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={code}",
            "-drive", f"if=pflash,unit=1,format=raw,file={directory}/variables.fd"]
