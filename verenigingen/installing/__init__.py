"""What installing, migrating and uninstalling do on a site where other apps live as well."""
