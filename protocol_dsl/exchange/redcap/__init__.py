"""REDCap: data dictionaries, their logic, and the set-up files of a longitudinal project."""
