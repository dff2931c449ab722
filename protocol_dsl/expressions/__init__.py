"""Conditions and measures: one typed expression language, with its printers and its evaluator."""
