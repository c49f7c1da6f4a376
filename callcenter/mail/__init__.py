"""SMTP sender and mail templates."""
