"""Where in the image does a network see its class? Two answers: Grad-CAM and occlusion."""

from __future__ import annotations

from .gradcam import grad_cam
from .occlusion import occlusion_map

__all__ = ["grad_cam", "occlusion_map"]
