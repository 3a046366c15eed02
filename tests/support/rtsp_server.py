"""A small RTSP server for tests, run by the system's Python, which has GStreamer's bindings.

`python3 rtsp_server.py PORT [KEYFRAME_EVERY]` serves a moving test picture, 320x240 at 15 frames
per second, H.264, as rtsp://127.0.0.1:PORT/live. With PORT 0 it only checks its requirements.
"""

import sys
from importlib import import_module

import gi  # type: ignore[import-not-found]  # only the system's Python has it

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")

# import_module, because the versions must be set before the import
GLib, Gst, GstRtspServer = (
    import_module(f"gi.repository.{name}") for name in ("GLib", "Gst", "GstRtspServer")
)

PIPELINE = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=15/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max={keys} "
    "! rtph264pay name=pay0 pt=96 )"
)

port = int(sys.argv[1])
Gst.init(None)
for element in ("videotestsrc", "x264enc", "rtph264pay"):
    if Gst.ElementFactory.find(element) is None:
        sys.exit(f"GStreamer has no {element}: install its plugins")
if port:
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE.format(keys=sys.argv[2] if len(sys.argv) > 2 else "15"))
    factory.set_shared(True)
    server.get_mount_points().add_factory("/live", factory)
    if server.attach(None) == 0:
        sys.exit(f"Cannot listen on port {port}: choose another one")
    GLib.MainLoop().run()
