"""Programs that people type, and what they are made of."""

import apps as apps  # before openvino, so that its telemetry stays off
