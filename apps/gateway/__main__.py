"""`python -m apps.gateway`: dashboard, REST, WebSocket and MJPEG on one port."""

from __future__ import annotations

from apps.gateway.service import run
from apps.gateway.settings import GatewaySettings
from apps.runtime import logs
from apps.runtime.service import serve
from apps.runtime.settings import load


def main() -> int:
    """Run the gateway to its end."""
    settings = load(GatewaySettings, description="Dashboard, REST, WebSocket and MJPEG.")
    logs.configure("gateway", settings.log_level)
    return serve(
        "gateway",
        lambda service: run(service, settings),
        host=settings.metrics_host,
        port=settings.metrics_port,
    )


if __name__ == "__main__":
    raise SystemExit(main())
