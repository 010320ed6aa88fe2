"""Every setting, declared once. Pure."""
