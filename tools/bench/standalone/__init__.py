"""Measurements that are run by themselves, each with its own command."""
