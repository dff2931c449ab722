"""A stand-in for pydantic's `BaseModel`, for processes that neither validate nor dump a model."""

from typing import Any, Self


class Part:
    """A frozen record of named fields; a field that is not given has its class's default."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    @classmethod
    def model_construct(cls, **values: Any) -> Self:
        """A part of the given fields."""
        made = cls.__new__(cls)
        made.__dict__.update(values)
        return made

    def model_copy(self, *, update: dict[str, Any] | None = None) -> Self:
        """The same part with some fields replaced."""
        return self.model_construct(**{**self.__dict__, **(update or {})})

    def __setattr__(self, name: str, value: Any) -> None:
        raise TypeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((type(self), tuple(sorted((name, repr(value)) for name, value in self.__dict__.items()))))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({fields})"
