"""The domain: what is seen, what it means, what may be done."""
