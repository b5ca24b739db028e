"""What the audit trail costs and withstands."""
