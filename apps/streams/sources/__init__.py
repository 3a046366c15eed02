"""One module for each kind of source, imported when it is used (`factory.py`)."""
