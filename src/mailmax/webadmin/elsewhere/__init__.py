"""Other systems, administered from here: links to their hubs, and what they refuse."""
