"""The commands of `cellkg`: each parses, calls the library and prints."""
