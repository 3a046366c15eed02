"""One module per kind of source; each is imported when it is used."""
