"""Writing a set of files whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile

from protocol_dsl.render.context import Output


def write_all(outputs: list[Output], folder: str) -> list[str]:
    """Write the files into `folder`, or into folders in it that their names begin with; their paths.

    Everything is written beside its place first and moved only when all of it is there, so that a failure leaves the
    earlier files as they were. Raises `OSError` when the folder or a file cannot be written.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        staging = tempfile.mkdtemp(prefix=".writing-", dir=folder)
    except FileExistsError:
        raise OSError(errno.ENOTDIR, "there is a file of that name; a folder is needed", folder) from None
    except OSError as error:
        raise OSError(error.errno, error.strerror, folder) from None
    try:
        for output in outputs:
            path = os.path.join(staging, output.path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as handle:
                handle.write(output.data)
        for output in outputs:
            target = os.path.join(folder, output.path)
            if os.path.isdir(target):
                raise IsADirectoryError(21, "there is a folder of that name", target)
        paths: list[str] = []
        for output in outputs:
            target = os.path.join(folder, output.path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            os.replace(os.path.join(staging, output.path), target)
            paths.append(target)
        return paths
    finally:
        shutil.rmtree(staging, ignore_errors=True)
