"""A repository of detections, loaded: what is in it and what is wrong with it."""
