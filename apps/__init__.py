"""The services of Elastic Inference and the libraries they are built on."""

import sys

# OpenVINO reports each start to an analytics host while this package can be imported.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None means absent

#: Version of the project. pyproject.toml, the OpenAPI document and ei_build_info take it from here.
__version__ = "0.2.0"
