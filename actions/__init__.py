"""Custom actions: what Rasa calls to answer."""
