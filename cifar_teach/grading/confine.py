"""System calls of Linux with which a process gives up what it does not need: file systems, network, rights.

Each function raises ``OSError`` when the kernel refuses. Nothing but the C library is needed. The numbers are those of
``<linux/*.h>``; the manual pages namespaces(7), mount(2), capabilities(7) and seccomp(2) say what they do.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
from collections.abc import Iterable
from pathlib import Path

from .limits import GIB, Limits

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
OWN_EVERYTHING = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_NOATIME, MS_NODIRATIME, MS_BIND, MS_REC, MS_PRIVATE, MS_RELATIME = 1024, 2048, 4096, 16384, 1 << 18, 1 << 21
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_CAPBSET_DROP = 1, 4, 22, 24
PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 36, 38
LAST_CAPABILITY = 63

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave these namespaces for new ones."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Mount a file system."""
    arguments = [each.encode() or None for each in (source, target, kind)]
    _checked(_libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() or None), f"mount {target}")


def unmount(target: str) -> None:
    """Take a file system out of view."""
    _checked(_libc.umount2(target.encode(), MNT_DETACH), f"umount {target}")


def prctl(option: int, *values: int) -> int:
    """Set one of the properties of this process that have a number, such as ``PR_SET_PDEATHSIG``."""
    padded = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return _checked(_libc.prctl(ctypes.c_int(option), *padded), f"prctl {option}")


def own_user_namespace() -> None:
    """Become root of a user namespace of one's own, in which there is only this user, under the same number."""
    user, group = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER)
    with contextlib.suppress(FileNotFoundError):
        Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def keep_mounts_private() -> None:
    """Let nothing that is mounted from here on be seen outside, nor the other way round."""
    mount("none", "/", flags=MS_REC | MS_PRIVATE)


def _mounted_below(path: str) -> list[str]:
    """Return ``path`` and the mount points below it."""
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    points = [each.encode().decode("unicode_escape") for each in points]
    return [path, *(each for each in points if each.startswith(path.rstrip("/") + "/"))]


def make_read_only(path: str) -> None:
    """Make what is mounted at ``path`` read-only; flags that may not be taken back are kept."""
    found = os.statvfs(path).f_flag
    kept = {2: MS_NOSUID, 4: MS_NODEV, 8: MS_NOEXEC, 1024: MS_NOATIME, 2048: MS_NODIRATIME, 4096: MS_RELATIME}
    flags = sum(flag for bit, flag in kept.items() if found & bit)
    mount("none", path, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | flags)


def show_read_only(path: str, root: str) -> None:
    """Show a file or folder at the same place below ``root``, read-only."""
    target = f"{root}{path}"
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    mount(path, target, flags=MS_BIND | MS_REC)
    for point in _mounted_below(target):
        with contextlib.suppress(FileNotFoundError):
            make_read_only(point)


DEVICES = ("null", "zero", "full", "random", "urandom")


def new_root(folder: str, shown: Iterable[str], links: dict[str, str]) -> None:
    """Replace the whole file system by an empty one in which only ``shown`` is to be seen, read-only.

    Needs a mount namespace of one's own with private mounts, and a new PID namespace for ``/proc``.

    Args:
        folder: an empty folder, used as the place to build at.
        shown: files and folders.
        links: symbolic links at the top: name -> target.
    """
    mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=0755")
    for path in shown:
        show_read_only(path, folder)
    for name, target in links.items():
        os.symlink(target, f"{folder}/{name}")
    for name in ("tmp", "proc", "dev", "dev/shm", "old"):
        os.makedirs(f"{folder}/{name}", exist_ok=True)
    for name in DEVICES:
        Path(f"{folder}/dev/{name}").touch()
        mount(f"/dev/{name}", f"{folder}/dev/{name}", flags=MS_BIND)
    mount("proc", f"{folder}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    os.chdir(folder)
    _checked(_libc.syscall(_number("pivot_root"), b".", b"old"), "pivot_root")
    os.chdir("/")
    unmount("/old")
    make_read_only("/")


def own_folders(limits: Limits, shown: Iterable[str]) -> None:
    """Put an empty temporary folder of limited size before everything that could be written to, and a new ``/proc``.

    Args:
        limits: size and number of files.
        shown: files and folders that stay visible, read-only, also where they lie below ``/tmp``: a course that was
            checked out there.
    """
    size = f"size={limits.disk},nr_inodes={limits.files},mode=1777"
    kept = {path: os.open(path, os.O_PATH) for path in shown if path.startswith("/tmp/")}
    mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, size)
    for path, handle in kept.items():
        _show_again(path, handle)
        os.close(handle)
    mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, size)
    try:
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    except PermissionError:  # parts of the old one are covered, so a bare one is not to be had
        mount("tmpfs", "/proc", "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k")


def _show_again(path: str, handle: int) -> None:
    """Show what ``handle`` was opened on at ``path``, where an empty folder hides it now, read-only."""
    for parent in reversed(Path(path).parents[:-2]):  # all but "/" and "/tmp"
        parent.mkdir(exist_ok=True)
        parent.chmod(0o755)
    source = f"/proc/self/fd/{handle}"
    Path(path).mkdir() if os.path.isdir(source) else Path(path).touch()
    mount(source, path, flags=MS_BIND | MS_REC)
    for point in _mounted_below(path):
        make_read_only(point)


def become(user: int) -> None:
    """Become this user, without any group; only root can."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def end_children() -> None:
    """End all processes that descend from this one, which must have asked for orphans, until there are none."""
    for _ in range(1000):
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
        for child in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(int(child), signal.SIGKILL)
        try:
            os.waitpid(-1, 0 if children else os.WNOHANG)
        except ChildProcessError:
            return


def set_limits(limits: Limits, data: int) -> None:
    """Set the limits that the kernel keeps for each process; ``data`` is what it holds already."""
    # TensorFlow reserves far more address space than it uses, so only what is really written to is limited.
    seconds = int(4 * limits.total_seconds)
    for kind, value in (
        (resource.RLIMIT_DATA, data + limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.disk),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_STACK, GIB // 16),
    ):
        _, most = resource.getrlimit(kind)
        if most != resource.RLIM_INFINITY:
            value = min(value, most)
        resource.setrlimit(kind, (value, value))


def drop_rights() -> None:
    """Give up all capabilities for good, those of programs that are started included."""
    with contextlib.suppress(OSError):  # past the last one that this kernel has, or dropped already
        for capability in range(LAST_CAPABILITY + 1):
            prctl(PR_CAPBSET_DROP, capability)
    header = struct.pack("=Ii", 0x20080522, 0)
    _checked(_libc.capset(header, bytes(24)), "capset")
    prctl(PR_SET_NO_NEW_PRIVS, 1)


NUMBERS = {
    "x86_64": {
        **{"socket": 41, "clone": 56, "ptrace": 101, "shmget": 29, "msgget": 68, "semget": 64, "mount": 165},
        **{"umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "bpf": 321},
        **{"process_vm_readv": 310, "process_vm_writev": 311, "memfd_create": 319, "userfaultfd": 323, "keyctl": 250},
        **{"add_key": 248, "request_key": 249, "perf_event_open": 298, "io_uring_setup": 425, "clone3": 435},
        **{"open_tree": 428, "move_mount": 429, "fsopen": 430, "mount_setattr": 442, "memfd_secret": 447},
        **{"name_to_handle_at": 303, "open_by_handle_at": 304, "pidfd_getfd": 438, "syslog": 103},
    },
    "aarch64": {
        **{"socket": 198, "clone": 220, "ptrace": 117, "shmget": 194, "msgget": 186, "semget": 190, "mount": 40},
        **{"umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97, "setns": 268, "bpf": 280},
        **{"process_vm_readv": 270, "process_vm_writev": 271, "memfd_create": 279, "userfaultfd": 282, "keyctl": 219},
        **{"add_key": 217, "request_key": 218, "perf_event_open": 241, "io_uring_setup": 425, "clone3": 435},
        **{"open_tree": 428, "move_mount": 429, "fsopen": 430, "mount_setattr": 442, "memfd_secret": 447},
        **{"name_to_handle_at": 264, "open_by_handle_at": 265, "pidfd_getfd": 438, "syslog": 116},
    },
}
"""The system calls that are refused, with their numbers; ``socket`` and ``clone`` are refused by what they ask for."""
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSED_WITH_ENOSYS = ("clone3", "memfd_create", "io_uring_setup", "memfd_secret")
"""Programs go on without these when the kernel does not have them; the others answer that they are forbidden."""
AF_UNIX = 1
NAMESPACE_FLAGS = OWN_EVERYTHING | CLONE_NEWUSER
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_X32 = 0x40000000


def _number(name: str) -> int:
    try:
        return NUMBERS[platform.machine()][name]
    except KeyError:
        raise OSError(38, f"the system calls of {platform.machine()} are not known here") from None


def filter_calls() -> None:
    """Let the kernel refuse what no exercise needs.

    That is: new namespaces and mounts, sockets other than local ones, looking into other processes, and memory that
    belongs to no process and would not be counted. Needs :func:`drop_rights` before it.
    """
    machine = platform.machine()
    if machine not in NUMBERS:
        raise OSError(38, f"the system calls of {machine} are not known here")
    program: list[tuple[int, int, int, int]] = []

    def add(code: int, value: int, if_true: int = 0, if_false: int = 0) -> None:
        program.append((code, if_true, if_false, value))

    add(_LOAD, 4)  # the architecture: the numbers mean something else on another one
    add(_EQUAL, ARCHITECTURES[machine], 1, 0)
    add(_RETURN, _KILL)
    add(_LOAD, 0)
    if machine == "x86_64":
        add(_AT_LEAST, _X32, 0, 1)
        add(_RETURN, _ERROR | 38)
    for name, number in NUMBERS[machine].items():
        if name in ("socket", "clone"):
            continue
        add(_EQUAL, number, 0, 1)
        add(_RETURN, _ERROR | (38 if name in REFUSED_WITH_ENOSYS else 1))
    # socket(domain, …) and clone(flags, …): the first argument, its lower half
    add(_EQUAL, NUMBERS[machine]["socket"], 0, 4)
    add(_LOAD, 16)
    add(_EQUAL, AF_UNIX, 1, 0)
    add(_RETURN, _ERROR | 1)
    add(_RETURN, _ALLOW)
    add(_EQUAL, NUMBERS[machine]["clone"], 0, 3)
    add(_LOAD, 16)
    add(_ANY_BIT, NAMESPACE_FLAGS, 0, 1)
    add(_RETURN, _ERROR | 1)
    add(_RETURN, _ALLOW)
    code = b"".join(struct.pack("=HBBI", *step) for step in program)
    array = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("@HP", len(program), ctypes.addressof(array))
    pointer = ctypes.create_string_buffer(head, len(head))
    prctl(PR_SET_SECCOMP, 2, ctypes.addressof(pointer))
