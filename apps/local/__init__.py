"""The local runner: the whole system on one machine, elastic, with one command."""
