"""Which language model answers: the one named, else the first of the local servers, else the one that quotes."""

from __future__ import annotations
