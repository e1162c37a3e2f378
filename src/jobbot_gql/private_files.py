"""Files that only their owner can read, created safely in shared folders.

In a folder that several users can write to, a name may be another user's link or open file. So files are always new
(`O_EXCL` follows no links). Data copied in several steps is written in a new folder with mode 0700 and renamed when it
is complete.
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
    for folder in reversed(path.parents):  # mkdir(parents=True) applies the mode only to the last folder
        folder.mkdir(exist_ok=True, mode=0o700)


def create(path: Path) -> int:
    """Create a file with mode 0600. Returns its descriptor for writing. Raises FileExistsError, also for links."""
    return os.open(path, _NEW, 0o600)


def create_if_missing(path: Path) -> bool:
    """Create an empty file with mode 0600 unless it exists. Returns whether it was created.

    An existing empty file also gets mode 0600. Raises OSError for a dangling link, whose target would be created with
    the umask's mode, and for an empty file of another user.
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
    """Open a new text file with mode 0600 for writing. It replaces a regular file of the same user.

    An existing file is removed, not truncated, so that processes that have it open cannot read the new content. Raises
    OSError.
    """
    require_replaceable(path)
    path.unlink(missing_ok=True)
    return open(path, "w", encoding="utf-8", opener=lambda *_: create(path))


def require_replaceable(path: Path) -> None:
    """Raise OSError unless the path is free or a regular file of the same user, not a link, device or pipe."""
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
    """Create a private empty file, to be written and then renamed to the target with `rename`.

    The file is in the folder `.NAME.unfinished` beside the target. The folder is removed at the end, and files of a
    killed process in it are deleted. Raises OSError; BlockingIOError if another process is writing the same target.
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
        folder.rmdir()  # while locked; the next process creates a new folder
        os.close(held)


def rename(file: Path, target: Path, *, replace: bool) -> None:
    """Rename a complete file atomically and durably. Raises FileExistsError unless `replace` is set."""
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
    """Sync a folder to disk after a file in it was created or renamed."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _locked(folder: Path) -> int:
    """Create and lock a folder of the same user. Returns the descriptor that holds the lock."""
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
        except FileNotFoundError:  # another process has removed it
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another process may have removed the folder between opening and locking it.
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
