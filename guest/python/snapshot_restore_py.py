"""What AWS's Python runtimes bring along from python3.12 on: hooks around a snapshot of a function (SnapStart).

The same calls as the package snapshot-restore-py of PyPI. A function that packs that package uses its own copy, and the
hooks registered there are run.
"""

__all__ = ["register_before_snapshot", "register_after_restore"]

_before_snapshot = []
_after_restore = []


def register_before_snapshot(func, *args, **kwargs):
    """Registers a call to be made before a snapshot, last registered first. Answers `func`, to be used as a decorator."""
    _before_snapshot.append((func, args, kwargs))
    return func


def register_after_restore(func, *args, **kwargs):
    """Registers a call to be made after a snapshot's restoring, first registered first. Answers `func`."""
    _after_restore.append((func, args, kwargs))
    return func


def get_before_snapshot():
    """The registered calls themselves, for the runtime: each a function, its arguments and its keyword arguments."""
    return _before_snapshot


def get_after_restore():
    return _after_restore
