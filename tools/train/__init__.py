"""Trains small models from scratch: pictures with boxes in, a deployable `models/<name>/` out."""
