"""What the summary forms of registries (WHO data set and interchange, EU CTIS) say of a trial, as short texts."""

from __future__ import annotations

from protocol_dsl.model.outcomes import Endpoint
from protocol_dsl.model.protocol import Protocol
from protocol_dsl.registries.data_sets import ictrp
from protocol_dsl.registries.enumerations import label
from protocol_dsl.render import registry_criteria as criteria
from protocol_dsl.render.ctgov_design import duration, time_frame
from protocol_dsl.render.ctgov_words import line
from protocol_dsl.render.registry_people import person
from protocol_dsl.render.registry_view import intervention
from protocol_dsl.render.registry_words import Words, capital, copyable, listed, size

NO_LIMIT = "No limit"


class TrialFacts:
    """The facts of one protocol; empty where it says nothing."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.study = protocol.study
        self.words = Words(protocol)

    @property
    def registration(self) -> tuple[str, str]:
        """The first registry and the number there."""
        found = next(iter(self.study.registrations), None)
        return (ictrp("registry").get(found.system, found.system), found.value) if found is not None else ("", "")

    @property
    def numbers(self) -> list[tuple[str, str]]:
        """All other numbers with who gave them out."""
        others = [*self.study.registrations[1:], *self.study.identifiers]
        made = [
            (each.value, each.issuer or ictrp("registry").get(each.system) or label("secondary_id", each.system) or "")
            for each in others
            if each.system != "org"
        ]
        own = next((each.value for each in self.study.identifiers if each.system == "org"), self.study.name)
        return [(own, self.sponsor), *made]

    @property
    def sponsor(self) -> str:
        """The sponsor."""
        return next((each.name for each in self.study.organisations if each.role == "sponsor"), "")

    @property
    def other_sponsors(self) -> list[str]:
        """Further sponsors and collaborators."""
        sponsors = [each.name for each in self.study.organisations if each.role == "sponsor"]
        return [*sponsors[1:], *(each.name for each in self.study.organisations if each.role == "collaborator")]

    @property
    def public_contacts(self) -> list[str]:
        """Contacts for the public."""
        return [person(each.name, each.affiliation) for each in self.study.contacts]

    @property
    def scientific_contacts(self) -> list[str]:
        """Investigators of the whole study."""
        return [person(each.name, each.affiliation) for each in self.study.investigators]

    @property
    def public_title(self) -> str:
        """The title for the public."""
        return line(self.study.brief_title or self.study.title) or ""

    @property
    def scientific_title(self) -> str:
        """The official title."""
        return line(self.study.official_title or self.study.title) or ""

    @property
    def countries(self) -> list[str]:
        """Countries of the sites, each once."""
        return list(dict.fromkeys(site.address[-1] for site in self.study.sites if site.address))

    @property
    def interventions(self) -> list[str]:
        """`Biological: CAR-T cells: description`."""
        return [
            ": ".join(filter(None, (intervention(product), line(product.description))))
            for product in self.protocol.products
        ]

    @property
    def design(self) -> str:
        """`Interventional; Non-Randomized; …` without the phase."""
        study = self.study
        masked = listed([label("masked", each) or "" for each in study.masked])
        parts = (
            _named("Allocation", label("allocation", study.allocation)),
            _named("Model", label("model", study.model) or label("observational_model", study.observational_model)),
            _named("Masking", f"{label('masking', study.masking) or ''}{f' ({masked})' if masked else ''}"),
            _named("Purpose", label("purpose", study.purpose)),
            _named("Time perspective", label("time_perspective", study.time_perspective)),
        )
        return "; ".join(filter(None, parts))

    @property
    def study_type(self) -> str:
        """Interventional or observational."""
        return label("study_type", self.study.study_type) or ""

    @property
    def phase(self) -> str:
        """The phase."""
        return label("phase", self.study.phase) or ""

    def date(self, kind: str) -> tuple[str, str]:
        """A date and whether it is estimated or actual."""
        found = next((each for each in self.study.dates if each.kind == kind), None)
        return (found.date, label("date_type", found.type) or "") if found is not None else ("", "")

    def dated(self, kind: str) -> str:
        """`2026-03 (Estimated)`."""
        date, type_ = self.date(kind)
        return f"{date} ({type_})" if date and type_ else date

    @property
    def size(self) -> str:
        """`About 12 participants`."""
        return capital(size(self.study.enrollment)) if self.study.enrollment is not None else ""

    def criteria(self) -> tuple[str, str]:
        """Inclusion and exclusion criteria as texts; what has another heading stays with the part before it."""
        found = self.protocol.eligibility
        parts: dict[bool, list[str]] = {False: [], True: []}
        excludes = False
        for section in criteria.sections(found, self.words) if found is not None else []:
            title = section.title.casefold()
            excludes = "exclu" in title or (excludes and "inclu" not in title)
            plain = title in ("inclusion criteria", "exclusion criteria")
            parts[excludes] += [] if plain else [f"{section.title}:"]
            parts[excludes] += [f"{'   ' * each.depth}{each.mark} {each.text}" for each in section.lines]
        return copyable("\n".join(parts[False])), copyable("\n".join(parts[True]))

    @property
    def ages(self) -> tuple[str, str]:
        """Least and greatest age, as registries write them."""
        found = self.protocol.eligibility
        if found is None:
            return "", ""
        return duration(found.minimum_age) or NO_LIMIT, duration(found.maximum_age) or NO_LIMIT

    @property
    def sex(self) -> str:
        """Who can take part."""
        found = self.protocol.eligibility
        return label("sex", found.sex) or "" if found is not None else ""

    def outcomes(self, level: str) -> list[str]:
        """`Title. Time frame: …`."""
        return [self.outcome(each) for each in self.protocol.endpoints if each.level == level]

    def outcome(self, endpoint: Endpoint) -> str:
        """Title and time frame of an outcome measure."""
        frame = time_frame(endpoint, self.protocol, self.words)
        title = (line(endpoint.title) or "").rstrip(".")
        return copyable(f"{title}. Time frame: {frame}" if frame else title)


def _named(name: str, value: str | None) -> str:
    return f"{name}: {value}" if value else ""
