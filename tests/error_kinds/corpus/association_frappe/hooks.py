app_name = "association_frappe"
