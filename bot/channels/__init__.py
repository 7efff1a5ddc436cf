"""One module a connector that Rasa lacks."""
