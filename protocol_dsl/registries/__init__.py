"""What registries ask for, as data: the limits of their fields and their value sets, with source and date."""
