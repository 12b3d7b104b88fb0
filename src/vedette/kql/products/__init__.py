"""Rewrites a query written for Microsoft Sentinel for another product that has its tables."""
