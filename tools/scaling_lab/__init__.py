"""A discrete-event model of autoscaling: what a policy makes of a load, before a cluster does."""
