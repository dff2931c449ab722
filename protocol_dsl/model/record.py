"""What only the registry's record of a study holds: keeping, oversight, expanded access, data sharing, references."""

from typing import Literal

from protocol_dsl.model.base import Note, Origin, Part


class RecordFlag(Part):
    """A yes or no of the record, such as `fda_regulated_drug`."""

    name: str
    value: bool
    origin: Origin
    notes: tuple[Note, ...] = ()


class ExpandedAccess(Part):
    """Whether the product is given outside the study; `number` and `status` are those of that record."""

    available: bool
    number: str | None = None
    status: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class FormerParty(Part):
    """The responsible party as records kept it before 2011: one text for name and title, and an organisation."""

    name: str | None = None
    organisation: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class DataSharing(Part):
    """The plan for sharing data of individual participants (IPD)."""

    plan: Literal["yes", "no", "undecided"]
    description: str | None = None
    information: tuple[str, ...] = ()
    """Documents that are shared too, such as `study_protocol`."""
    timeframe: str | None = None
    access: str | None = None
    url: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class Publication(Part):
    """A publication; `kind` says how it belongs to the study."""

    citation: str
    pmid: str | None = None
    kind: Literal["background", "result", "derived"] | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class Link(Part):
    """A page about the study."""

    url: str
    title: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class AvailableData(Part):
    """Data or documents of the study in a repository."""

    number: str | None = None
    type: str | None = None
    url: str | None = None
    remark: str | None = None
    origin: Origin
    notes: tuple[Note, ...] = ()


class RegistryRecord(Part):
    """The `registry_record` block. `verified` is ISO 8601, to the day or the month."""

    verified: str | None = None
    organisation: str | None = None
    organisation_class: str | None = None
    """Who keeps the record, where it is not the sponsor."""
    flags: tuple[RecordFlag, ...] = ()
    last_known_status: str | None = None
    expanded_access: ExpandedAccess | None = None
    expanded_access_for: tuple[str, ...] = ()
    former_party: FormerParty | None = None
    data_sharing: DataSharing | None = None
    publications: tuple[Publication, ...] = ()
    links: tuple[Link, ...] = ()
    available_data: tuple[AvailableData, ...] = ()
    origin: Origin
    notes: tuple[Note, ...] = ()

    def flag(self, name: str) -> bool | None:
        """What the record says of `name`, None when it says nothing."""
        return next((flag.value for flag in self.flags if flag.name == name), None)
