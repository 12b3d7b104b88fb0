"""A repository of detections, loaded: what is in it and what is wrong with it."""

from vedette.project.discovery import find_root
from vedette.project.loading import load_project
from vedette.project.types import Project

__all__ = ["Project", "find_root", "load_project"]
