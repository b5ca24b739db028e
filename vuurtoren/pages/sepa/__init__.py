"""What people see of the SEPA rules: a page to work with, and a report to print."""
