"""Vedette: detection as code for Microsoft Sentinel and Microsoft Defender XDR."""

from __future__ import annotations

__version__ = "0.1.0"
