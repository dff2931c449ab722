"""What changed between two versions of a protocol, what follows from it, and who must act."""
