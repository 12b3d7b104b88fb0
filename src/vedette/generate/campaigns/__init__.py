"""The campaigns that are planted: each kind is a story, told by one function."""
