"""The web's side of the hub: who signs in, what they keep, what they changed."""
