"""What the nodes of this version share."""
