"""Autoscaling rule, policy and algorithm, shared by the local runner and the tools."""
