"""Codes about files and tools: what keeps a compile from beginning or from being written down."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import ERROR, rule


@rule("IOE001", "file-unreadable", ERROR)
class FILE_UNREADABLE:
    """A file cannot be read as text.

    What it means

    The file is not there, is a folder, may not be opened, or is not UTF-8. The message says which. The same
    code is given for the file on the command line and for one that a `use` names.

    Why it matters

    A protocol that lacks one of its files would compile into documents that lack visits or criteria, and
    nobody would see it. So nothing is compiled.

    Example

        use "common/safty.proto"     # the file is common/safety.proto

    Instead

    Correct the path; it is relative to the file that holds the `use`. If the message says that the file is
    not UTF-8, save it again with that encoding: every editor offers it.
    """


@rule("IOE002", "include-outside-project", ERROR)
class INCLUDE_OUTSIDE_PROJECT:
    """A `use` names a file outside the project folder.

    What it means

    The path is absolute, climbs out of the project with `..`, or leads out of it by a symbolic link.

    Why it matters

    A protocol has to compile to the same documents on every machine, from what is in its repository. A file
    from elsewhere is not versioned with it, and a foreign protocol must not read files of whoever compiles it.

    Example

        use "/home/me/templates/safety.proto"
        use "../../other_trial/visits.proto"

    Instead

    Copy the file into the project, or make the folder that holds both the project.

        use "common/safety.proto"
    """


@rule("IOE003", "include-cycle", ERROR)
class INCLUDE_CYCLE:
    """A file brings in itself.

    What it means

    A chain of `use` statements leads back to a file that is being read. A file that several others use is no fault:
    it is read once.

    Why it matters

    Each of the files would have to be read before the other.

    Example

        # lupus.proto
        use "visits.proto"

        # visits.proto
        use "lupus.proto"

    Instead

    Take one of the two out. Files that are brought in see everything the main file declares and need no `use` of
    their own for it.
    """


@rule("IOE004", "usage", ERROR)
class USAGE:
    """The command line is not understood.

    What it means

    The first word is not a command, or an option does not belong to the command.

    Why it matters

    Nothing was done. The first word is always a command, so that a mistyped one is never taken for a file or
    passed on to another program.

    Example

        protoc chekc lupus.proto
        protoc lupus.proto

    Instead

        protoc check lupus.proto
        protoc help
    """


@rule("IOE005", "protobuf-schema", ERROR)
class PROTOBUF_SCHEMA:
    """The file is a Protocol Buffers schema, not a clinical trial protocol.

    What it means

    The file begins with a statement of Protocol Buffers, such as `syntax = "proto3";` or `message Name {`. Both
    kinds of file end in `.proto`, and both compilers are called `protoc`.

    Why it matters

    Read as a protocol, every line of the file would be an error, and none of the errors would help.

    Example

        syntax = "proto3";
        message Visit { int32 day = 1; }

    Instead

    To compile the schema, run the compiler of Protocol Buffers. To write a trial, begin with `protocol`.

        protocol LUPUS {
          title "…"
        }
    """


@rule("IOE006", "output-unwritable", ERROR)
class OUTPUT_UNWRITABLE:
    """An output cannot be written.

    What it means

    The folder may not be written to, the disk is full, a folder stands where the file should go, or the file is
    held open by another program.

    Why it matters

    An output is written whole or not at all. What was there before is still there, unchanged, and may be older
    than the protocol.

    Example

        protoc compile lupus.proto -o /

    Instead

    Name a folder that you may write to, and close the document if a word processor holds it.

        protoc compile lupus.proto -o build
    """


@rule("IOE007", "template-fault", ERROR)
class TEMPLATE_FAULT:
    """A template of the project cannot be used.

    What it means

    A template that overrides one of ours has a fault of syntax, or asks for something that the document's data
    do not hold. The message has the template, the line and the missing name.

    Why it matters

    A template that silently left a name empty would print a document with a hole in it.

    Example

        {{ visit.windw }}

    Instead

    Correct the name; the page of the document in the manual lists all of them.

        {{ visit.window }}
    """


@rule("IOE009", "other-protoc-missing", ERROR)
class OTHER_PROTOC_MISSING:
    """The arguments are meant for the compiler of Protocol Buffers, and it was not found.

    What it means

    Two programs are called `protoc`: this one, for clinical trial protocols, and the compiler of Protocol Buffers.
    Our arguments begin with a command, its arguments with an option or with the name of a schema. Such a call
    is passed on to the next `protoc` on the PATH, and there is none.

    Why it matters

    A build that expects the other compiler would fail in a way that is hard to understand.

    Example

        protoc --python_out=. visit.proto

    Instead

    Install the compiler of Protocol Buffers, or put its folder on the PATH. If you meant this program, begin with a
    command, or call it by its second name, which nothing else uses. With PROTOCOL_DSL_NO_FORWARD=1 in the
    environment no call is ever passed on.

        protocol-dsl check lupus.proto
    """


@rule("IOE010", "extra-missing", ERROR)
class EXTRA_MISSING:
    """An output needs a library that is not installed.

    What it means

    Large libraries for special files are not installed with the program, but as extras of it. The message names the
    extra.

    Why it matters

    Nothing was written, so that no half of the files is taken for all of them.

    Example

        protoc calendar lupus.proto --participants people.csv --make parquet

    Instead

    Install the extra, or choose another format.

        pip install "protocol-dsl[parquet]"
    """


@rule("IOE012", "record-unreadable", ERROR)
class RECORD_UNREADABLE:
    """A registry's record cannot be read.

    What it means

    The file that is to be imported is not there, is not JSON, or holds something else than one record in the form of
    the registry's API. The message says which, and where.

    Why it matters

    A protocol made of half a record would look complete. So no file is written for this record; others of the same
    call are imported.

    Example

        protoc import ctgov results.csv -o trial.proto

    Instead

    Take the record in JSON from the registry's API, one file a study.

        protoc import ctgov NCT01234567.json -o trial.proto
    """


@rule("IOE014", "git-trouble", ERROR)
class GIT:
    """A version cannot be read from git.

    What it means

    The program git is not installed, the file is in no repository, or the repository has no such revision. The message
    says which.

    Why it matters

    Without both versions there is nothing to compare. Nothing was done.

    Example

        protoc diff --git v1.O lupus.proto     # the tag is v1.0

    Instead

    Name a revision that `git log` or `git tag` lists, or compare two files.

        protoc diff --git v1.0 lupus.proto
        protoc diff lupus_v1.proto lupus.proto
    """


@rule("IOE016", "font-missing", ERROR)
class FONT_MISSING:
    """A PDF has signs that none of its fonts can show.

    What it means

    PDF files are made with fonts that come with the program, so that every computer makes the same file. These have
    Latin, Greek and Cyrillic letters, but no Chinese, Japanese or Korean ones, and no pictures.

    Why it matters

    A sign without a font is printed as an empty box: a question that nobody can read. Nothing was written.

    Example

        form vitals "生命体征" records vitals { … }

        protoc compile lupus.proto --only crf_pdf

    Instead

    Name a font that has the signs, or a folder of fonts. The message names one of this computer, if it has one.

        protoc compile lupus.proto --only crf_pdf --font /usr/share/fonts/opentype/noto
    """
