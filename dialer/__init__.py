"""Callback attempts: a pure policy and the worker that acts on it."""
