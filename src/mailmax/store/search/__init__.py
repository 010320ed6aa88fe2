"""The search index of one user: candidates for SEARCH BODY and TEXT."""
