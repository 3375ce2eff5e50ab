"""Detection: whether a network has a backdoor, and to which class, without triggered images."""
