"""The bots of an installation and the models that they use, also those that a screen brings."""
