"""Apps in which a visitor uploads pictures, and models exported for use elsewhere."""
