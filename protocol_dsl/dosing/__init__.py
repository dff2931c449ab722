"""Dose escalation as a finite state machine: rules, published designs, exact operating characteristics, duration."""
