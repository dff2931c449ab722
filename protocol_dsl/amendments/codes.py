"""Codes about amendments: what the `amendment` block of a newer version lacks, beside the changes that were found."""

from __future__ import annotations

from protocol_dsl.diagnostics.model import ERROR, NOTE, WARNING, rule


@rule("AMD001", "change-without-rationale", ERROR)
class NO_RATIONALE:
    """Something changed, and the amendment block gives no reason for it.

    What it means

    The newest `amendment` of the newer version is from the older one, and the comparison found a change that none of
    its `change` and `removed` lines speaks of. One line serves all changes of one thing; one about a visit also serves
    what is done at it, one about a group or stage the visits in it.

    Why it matters

    The summary of changes of ICH M11 has a rationale for each change. An ethics committee asks about the one that
    has none, and nobody remembers after a year.

    Example

        visit D28 "Day 28" day 28 ±3 days     # was -0/+2 days
        amendment "2.0" on 2026-06-01 from "1.0" { reason site_feedback }

    Instead

        amendment "2.0" on 2026-06-01 from "1.0" {
          reason site_feedback
          change D28 "Sites are closed on weekends"
        }
    """


@rule("AMD002", "rationale-without-change", ERROR)
class NO_CHANGE:
    """The amendment block explains a change that is none.

    What it means

    A line `change` or `removed` speaks of something that is the same in both versions, or that is still there. It was
    taken back, or the wrong name stands in the line.

    Why it matters

    The summary of changes would announce what the protocol does not say.

    Example

        visit D28 "Day 28" day 28 -0/+2 days     # as before
        amendment "2.0" on 2026-06-01 from "1.0" { change D28 "Sites are closed on weekends" }

    Instead

    Take the line out, or name what changed.

        amendment "2.0" on 2026-06-01 from "1.0" { change D14 "Sites are closed on weekends" }
    """


@rule("AMD003", "flag-without-reason", ERROR)
class NO_REASON:
    """A suggestion is overridden, and no reason is given.

    What it means

    A line `flag` says the contrary of what the rules suggest: that a change is not substantial, that no new consent
    is needed. The text behind it is missing.

    Why it matters

    Whether a modification is substantial is the sponsor's decision, and an inspector asks for its grounds.

    Example

        flag substantial no of dlt

    Instead

        flag substantial no of dlt "Only the wording of a criterion; agreed with the authority on 2026-05-04"
    """


@rule("AMD004", "amendment-missing", WARNING)
class NO_AMENDMENT:
    """The version is another one, and no amendment leads to it.

    What it means

    The two versions carry different version numbers and differ in more than these, and the newer one has no
    `amendment` block that is `from` the older one.

    Why it matters

    The changes have no reasons, no date and no rule for the participants who are under way.

    Example

        version "2.0" on 2026-06-01     # was version "1.0"

    Instead

        version "2.0" on 2026-06-01
        amendment "2.0" on 2026-06-01 from "1.0" {
          reason site_feedback
          change D28 "Sites are closed on weekends"
        }
    """


@rule("AMD005", "amendment-incomplete", WARNING)
class INCOMPLETE:
    """The amendment block lacks what ICH M11 asks for.

    What it means

    The amendment details of the ICH M11 template are scope, primary reason, summary, the number of participants
    enrolled at approval, and whether the impact on safety or rights and on the reliability of the data is substantial.

    Why it matters

    The details cannot be filled in, and the submission waits for them.

    Example

        amendment "2.0" on 2026-06-01 from "1.0" { change D28 "Sites are closed on weekends" }

    Instead

        amendment "2.0" on 2026-06-01 from "1.0" {
          scope global
          reason site_feedback
          summary "The window of day 28 is wider."
          impact safety no
          impact reliability no
          enrolled 4 participants
          change D28 "Sites are closed on weekends"
        }
    """


@rule("AMD006", "rename-guessed", NOTE)
class RENAME_GUESSED:
    """Something looks as if it had been renamed, and the protocol does not say so.

    What it means

    Under one name something is gone, and under another one the same content came in. The comparison takes it for a
    rename. It may be wrong.

    Why it matters

    A name is what forms, data and earlier amendments know a thing by. A rename that is not said looks like a visit
    that is dropped and another one that is new.

    Example

        visit M13 "End of study" month 12 ±14 days     # was called EOS

    Instead

        @renamed_from EOS
        visit M13 "End of study" month 12 ±14 days
    """


@rule("AMD007", "flag-unconfirmed", NOTE)
class UNCONFIRMED:
    """The rules suggest that somebody must act, and the amendment block neither confirms nor overrides it.

    What it means

    A flag of the comparison is `yes` or `review`, and no line `flag` of the amendment decides it.

    Why it matters

    The flags are suggestions from published rules, made without knowledge of the trial's circumstances. A person
    decides.

    Example

        amendment "2.0" on 2026-06-01 from "1.0" { change dlt "The authority asks for it" }

    Instead

        amendment "2.0" on 2026-06-01 from "1.0" {
          change dlt "The authority asks for it"
          flag substantial yes
          flag reconsent yes
          flag edc no "The form takes any date"
          flag enrolled yes
        }
    """


@rule("AMD008", "merge-conflict", ERROR)
class MERGE_CONFLICT:
    """Two versions changed the same thing, each in its own way.

    What it means

    A merge found a statement or clause that both versions changed, or that one changed and the other took out. Both
    readings stand in the file between conflict markers; everything else is merged.

    Why it matters

    Which of two windows holds is a decision, and no program can take it.

    Example

        visit D28 "Day 28" day 28 ±3 days     # ours; was ±2 days
        visit D28 "Day 28" day 28 -0/+5 days     # theirs

    Instead

    Keep one, take the markers out, run `protoc check`, then `git add` the file.

        visit D28 "Day 28" day 28 -0/+5 days
    """


@rule("AMD009", "merge-impossible", ERROR)
class MERGE_IMPOSSIBLE:
    """Two edits are sound one by one, and together they are not.

    What it means

    A merge had no conflict in the text, and the merged protocol has an error that neither version had. A comment
    `# protoc merge:` stands at each statement of the contradiction, and git takes the file as unmerged.

    Why it matters

    No line was changed twice, so nobody looks. The schedule that nobody can keep would be found with the first
    participant.

    Example

        visit D28 "Day 28" day 35 ±3 days               # one branch moves the visit
        order D28 at most 7 days after D21     # another one adds a rule that fits day 28

    Instead

    Decide which of them gives way, and take the comments out.

        visit D28 "Day 28" day 28 ±3 days
        order D28 at most 7 days after D21
    """


@rule("AMD010", "merge-not-checked", WARNING)
class NOT_CHECKED_AGAIN:
    """A merge could not be checked, or not be made statement by statement.

    What it means

    A version has faults of syntax, so that the files were merged by lines as git does it; or names and quantities of
    the merged protocol are not known, as they were not before.

    Why it matters

    That two edits hold together is not proved.

    Example

        visit D28 "Day 28 day 28     # a quote is missing in one version

    Instead

    Mend the version first, or run `protoc check` on the merged file.

        visit D28 "Day 28" day 28
    """
