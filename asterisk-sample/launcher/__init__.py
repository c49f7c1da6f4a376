"""Runs the sample PBX: a real Asterisk in a Debian chroot, its configuration from `../etc`, callers from `../sipp`.

Only the standard library is used, so that it works before the project's own environment exists.
"""
