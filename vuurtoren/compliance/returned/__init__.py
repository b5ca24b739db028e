"""Collections that came back: captured once from wherever they are told, and followed up."""
