"""The services of Elastic Inference and the libraries they are built on."""

#: Version of the project. pyproject.toml, the OpenAPI document and ei_build_info take it from here.
__version__ = "0.2.0"
