"""The only waiting room: recipient states and kept bodies."""
