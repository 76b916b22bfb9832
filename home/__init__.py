"""Content: page types, blocks, feeds, search, and the look of the site."""
