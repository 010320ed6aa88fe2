"""The other members of the cluster: who they are, and the addresses that they have."""
