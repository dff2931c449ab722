"""`protoc init NAME`: a first protocol to build on, and the settings of the repository."""

from __future__ import annotations

import argparse
import os
import re
import sys
import unicodedata

from protocol_dsl.cli.trouble import refuse
from protocol_dsl.diagnostics.codes.ioe import OUTPUT_UNWRITABLE, USAGE
from protocol_dsl.paths import TEMPLATES
from protocol_dsl.syntax.lexer import RESERVED

_SETTINGS = """\
# Protocols are text with \\n at the ends of lines; HCL is the nearest language that repository hosts can colour.
*.proto linguist-language=HCL text eol=lf
*.trial linguist-language=HCL text eol=lf

# What `protoc compile` writes by default is left out of reviews and statistics.
out/** linguist-generated
"""


def run(argv: list[str]) -> int:
    """Write the files; exit status 2 if one cannot be written or is there already."""
    parser = argparse.ArgumentParser(
        prog="protoc init",
        description="Start a protocol: a small dose escalation that compiles, to be replaced line by line.",
    )
    parser.add_argument("name", metavar="NAME", help="the name of the trial; it names the file too")
    parser.add_argument("--dir", metavar="DIR", default=".", help="the folder to write to (default: this one)")
    parser.add_argument("--trial", action="store_true", help="call the file NAME.trial instead of NAME.proto")
    args = parser.parse_args(argv)
    stem, extension = os.path.splitext(args.name)
    if extension not in (".proto", ".trial"):
        stem, extension = args.name, ".proto"
    if args.trial:
        extension = ".trial"
    if "/" in stem or "\\" in stem:
        help = "name the folder with --dir: `protoc init lupus --dir trials`"
        return refuse(USAGE.at(None, f"`{args.name}` is a path, not the name of a trial", help=help))
    name = protocol_name(stem)
    if not name:
        help = "use Latin letters, digits and `_`: `protoc init lupus`; the title can be in any language"
        return refuse(USAGE.at(None, f"no name can be made of `{args.name}`", help=help))
    path = os.path.normpath(os.path.join(args.dir, name + extension))
    with open(os.path.join(TEMPLATES, "init.proto"), encoding="utf-8") as handle:
        text = handle.read().replace("TRIAL_NAME", name)
    return _write(path, text)


def protocol_name(written: str) -> str:
    """A name of the language made of any words: `CT-1192 lupus` is `CT_1192_lupus`; "" if nothing is left."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", written) if not unicodedata.combining(char))
    name = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")
    if name and not name[0].isalpha():
        name = f"trial_{name}"
    return f"{name}_trial" if name in RESERVED else name


def _write(path: str, text: str) -> int:
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "x", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
    except FileExistsError:
        if not os.path.lexists(path):
            return _refuse(path, "a file stands where its folder should be")
        help = "choose another name, or another folder with --dir"
        return _refuse(path, "it is there already, and a protocol is never overwritten", help)
    except OSError as error:
        return _refuse(path, error.strerror or str(error))
    written = [path]
    settings = os.path.join(os.path.dirname(path), ".gitattributes")
    try:
        with open(settings, "x", encoding="utf-8", newline="\n") as handle:
            handle.write(_SETTINGS)
        written.append(settings)
    except FileExistsError:
        pass
    except OSError as error:
        return _refuse(settings, error.strerror or str(error))
    shown = f'"{path}"' if " " in path else path
    sys.stdout.write("".join(f"wrote {name}\n" for name in written) + f"Next: protoc compile {shown}\n")
    return 0


def _refuse(path: str, reason: str, help: str = "name a folder that you may write to with --dir") -> int:
    return refuse(OUTPUT_UNWRITABLE.at(None, f"`{path}` cannot be written: {reason}", help=help))
