"""The demonstration: invented people and partners, and the main job on them."""
