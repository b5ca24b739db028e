"""One file for each section of the page: from facts to the part that the template draws."""
