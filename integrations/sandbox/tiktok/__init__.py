"""A TikTok Shop: Open API 202309 and later, after the Partner Center's documentation."""

from integrations.sandbox.tiktok.door import TikTok

__all__ = ["TikTok"]
