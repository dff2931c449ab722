"""The Operational Data Model of CDISC, versions 1.3.2 and 2.0."""
