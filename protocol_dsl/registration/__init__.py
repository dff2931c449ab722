"""The record that follows from a protocol, held against the rules of a registry."""
