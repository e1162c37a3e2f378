"""Files that only their owner can read, created so that nobody else can choose where the bytes go.

In a folder that several users can write to, a name that we are about to use may be a symbolic link, a hard link or an
open file of somebody else. So a file is always new (`O_EXCL`, which follows no link), and what is copied in several
steps is written in a new folder of mode 0700 and renamed when it is whole.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

_NEW = os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_WRONLY | os.O_CLOEXEC


def create_folders(path: Path) -> None:
    """Create the missing parent folders of a file with mode 0700."""
    for folder in reversed(path.parents):  # mkdir(parents=True) applies its mode to the last one only
        folder.mkdir(exist_ok=True, mode=0o700)


def create(path: Path) -> int:
    """Create a file of mode 0600; its descriptor, for writing. Raises FileExistsError, also for any link."""
    return os.open(path, _NEW, 0o600)


def create_if_missing(path: Path) -> bool:
    """Create an empty file of mode 0600 unless it exists; whether it was created.

    A file that exists but is empty gets that mode too. Raises OSError for a link to nothing, which would otherwise be
    created with the mode of the umask, and for an empty file that another user has put there.
    """
    try:
        os.close(create(path))
    except FileExistsError:
        if not path.exists():
            raise OSError(errno.ENOENT, "is a symbolic link to a file that does not exist", str(path)) from None
        found = path.stat()
        if stat.S_ISREG(found.st_mode) and found.st_size == 0 and stat.S_IMODE(found.st_mode) & 0o077:
            _require_own(found, path)
            path.chmod(0o600)
        return False
    return True


def replaced(path: Path) -> TextIO:
    """A text file of mode 0600, open for writing, new or in the place of a regular file of ours.

    A file that exists is removed, not truncated: whoever has it open does not see what is written. Raises OSError.
    """
    require_replaceable(path)
    path.unlink(missing_ok=True)
    return open(path, "w", encoding="utf-8", opener=lambda *_: create(path))


def require_replaceable(path: Path) -> None:
    """Raise OSError unless the name is free or that of a regular file of ours: no link, device or pipe."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.EEXIST, "is a symbolic link; name a regular file", str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EEXIST, "is not a regular file", str(path))
    _require_own(found, path)


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """The path of an empty file to write in private before `rename` gives it the target's name.

    It is in the folder `.NAME.unfinished` beside the target, which is gone at the end. What a killed process left there
    is removed. Raises OSError; BlockingIOError where another process is writing the same target.
    """
    folder = target.with_name(f".{target.name}.unfinished")
    held = _locked(folder)
    try:
        _clear(folder)
        file = folder / "file"
        os.close(create(file))
        yield file
    finally:
        _clear(folder)
        folder.rmdir()  # under the lock: the next process creates it anew
        os.close(held)


def rename(file: Path, target: Path, *, replace: bool) -> None:
    """Give a finished file its name, in one step and durably. Raises FileExistsError unless it may replace a file."""
    if replace:
        require_replaceable(target)
        file.replace(target)
    else:
        try:
            target.hardlink_to(file)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            os.close(create(target))
            file.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Write a folder's names to the disk, after a file in it was created or renamed."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _locked(folder: Path) -> int:
    """The descriptor of a folder of our own that no other process holds; it is created if it is missing."""
    while True:
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode):
                raise OSError(errno.ENOTDIR, "is in the way; delete it", str(folder)) from None
            _require_own(found, folder)
            if stat.S_IMODE(found.st_mode) & 0o077:
                raise OSError(errno.EPERM, "must have mode 0700; delete it", str(folder)) from None
        try:
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:  # another process has just finished
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Unless another process removed the folder between opening and locking it.
            if folder.exists() and os.path.samestat(os.fstat(held), folder.lstat()):
                return held
        except BaseException:
            os.close(held)
            raise
        os.close(held)


def _clear(folder: Path) -> None:
    for left in folder.iterdir():
        left.unlink()


def _require_own(found: os.stat_result, path: Path) -> None:
    if found.st_uid != os.geteuid():
        raise OSError(errno.EPERM, "belongs to another user; delete it or choose another name", str(path))
