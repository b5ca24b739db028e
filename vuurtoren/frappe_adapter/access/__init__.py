"""Who may ask Frappe about what this app keeps."""
