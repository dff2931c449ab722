"""Protocol DSL: clinical trial protocols as code."""

__version__ = "0.1.0"
