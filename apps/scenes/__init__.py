"""Street scenes that are drawn, and whose truth is known.

`world` decides who is where, in metres and without a pixel; `figure`, `motor` and `bicycle` shape
what it contains, `brush` paints the shapes, and `scene` lays the pictures over a `backdrop`, in the
order in which they hide each other, with the truth beside them.
"""

from apps.scenes.catalogue import PLANS, SCENES, Plan, build, open_scene
from apps.scenes.scene import Scene
from apps.scenes.settings import SceneSettings
from apps.scenes.truth.ground_truth import CameraTruth, GroundTruth, Subject

__all__ = [
    "PLANS",
    "SCENES",
    "CameraTruth",
    "GroundTruth",
    "Plan",
    "Scene",
    "SceneSettings",
    "Subject",
    "build",
    "open_scene",
]
