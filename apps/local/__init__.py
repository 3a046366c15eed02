"""The local runner: the whole elastic system on one machine, started by one command."""
